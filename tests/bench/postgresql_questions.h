// The questions of the comparison, asked of PostgreSQL's roll-up table.
#ifndef TESTS_BENCH_POSTGRESQL_QUESTIONS_H_
#define TESTS_BENCH_POSTGRESQL_QUESTIONS_H_

#include <cstdint>
#include <string>

namespace repatriation {

// Asks each question over and over for `seconds`, one at a time, about the
// mission of `seed`. Prints one line of JSON each. Blocks.
void AskPostgresql(const std::string& conninfo, uint64_t seed, double seconds);

}  // namespace repatriation

#endif  // TESTS_BENCH_POSTGRESQL_QUESTIONS_H_
