// Matchers for what a check of stored data finds.
//
//   EXPECT_THAT(check.flaw(), IsFlaw(42, "is missing"));
#ifndef TESTS_COMMON_TESTING_FLAW_MATCHERS_H_
#define TESTS_COMMON_TESTING_FLAW_MATCHERS_H_

#include <gmock/gmock.h>

#include <ostream>
#include <string>

#include "common/proof/flaw.h"

namespace repatriation {

inline void PrintTo(const Flaw& flaw, std::ostream* out) {
  *out << "at position " << flaw.position << ": " << flaw.what;
}

// A flaw that was found, at `position` and said in these `words`.
inline auto IsFlaw(Position position, const std::string& words) {
  return ::testing::Optional(
      ::testing::AllOf(::testing::Field("position", &Flaw::position, position),
                       ::testing::Field("what", &Flaw::what, ::testing::HasSubstr(words))));
}

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_FLAW_MATCHERS_H_
