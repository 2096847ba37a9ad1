// The questions of the comparison, asked of PostgreSQL's roll-up table.
#ifndef TESTS_BENCH_POSTGRESQL_QUESTIONS_H_
#define TESTS_BENCH_POSTGRESQL_QUESTIONS_H_

#include <cstdint>
#include <string>

namespace repatriation {

// Asks each question over and over for `seconds`, on so many connections at
// once, about the mission of `seed`. Prints one line of JSON each, with the
// names that query_rpc_bench gives them. Blocks.
void AskPostgresql(const std::string& conninfo, int connections, uint64_t seed, double seconds);

}  // namespace repatriation

#endif  // TESTS_BENCH_POSTGRESQL_QUESTIONS_H_
