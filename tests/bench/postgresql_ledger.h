// The ledger in PostgreSQL: a table of events with a unique id, and a roll-up table
// that the same transaction updates with the events that were new. Also events in
// PostgreSQL's binary format, which saves the server parsing.
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

// Drops and creates both tables.
std::string SchemaSql();
// Inserts a batch given as one array per column.
std::string InsertBatchSql();
// Inserts one event given as one value per column.
std::string InsertOneSql();

// Creates the connection's staging table; copies into it; inserts from it.
std::string StagingSql();
std::string CopySql();
std::string InsertStagedSql();

// The parameters of InsertBatchSql() and InsertOneSql(), and the data for CopySql().
std::vector<std::string> ColumnArrays(const EventBatch& events);
std::vector<std::string> ColumnValues(const v1::Event& event);
std::string CopyBytes(const EventBatch& events);

}  // namespace repatriation

#endif  // TESTS_BENCH_POSTGRESQL_LEDGER_H_
