// The ledger as PostgreSQL would keep it: a table of events with a unique id,
// and a roll-up that each transaction keeps current, of only those events that
// were new. Also the binary form of events, which spares the server parsing.
//
// Thread-safety: all functions are pure.
#ifndef TESTS_BENCH_POSTGRESQL_LEDGER_H_
#define TESTS_BENCH_POSTGRESQL_LEDGER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

using EventBatch = std::vector<v1::Event>;

// Makes both tables anew.
std::string SchemaSql();
// Inserts a batch given as one array for each column.
std::string InsertBatchSql();
// Inserts one event given as one value for each column.
std::string InsertOneSql();

// Makes the connection's staging table; copies into it; inserts from it.
std::string StagingSql();
std::string CopySql();
std::string InsertStagedSql();

// Parameters of InsertBatchSql(), those of InsertOneSql(), and what CopySql()
// reads.
std::vector<std::string> ColumnArrays(const EventBatch& events);
std::vector<std::string> ColumnValues(const v1::Event& event);
std::string CopyBytes(const EventBatch& events);

}  // namespace repatriation

#endif  // TESTS_BENCH_POSTGRESQL_LEDGER_H_
