// The queries of the comparison, on PostgreSQL's roll-up table.
#ifndef TESTS_BENCH_POSTGRESQL_QUESTIONS_H_
#define TESTS_BENCH_POSTGRESQL_QUESTIONS_H_

#include <cstdint>
#include <string>

namespace repatriation {

// Runs each query repeatedly for `seconds` on `connections` connections, for the
// mission of `seed`. Prints one line of JSON per query, with the names of
// query_rpc_bench. Blocks.
void QueryPostgresql(const std::string& conninfo, int connections, uint64_t seed, double seconds);

}  // namespace repatriation

#endif  // TESTS_BENCH_POSTGRESQL_QUESTIONS_H_
