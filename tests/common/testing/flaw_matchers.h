// Matchers for the flaws that a check of stored data finds.
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

// Matches an optional that has a flaw at `position` whose text contains `text`.
inline auto IsFlaw(Position position, const std::string& text) {
  return ::testing::Optional(
      ::testing::AllOf(::testing::Field("position", &Flaw::position, position),
                       ::testing::Field("what", &Flaw::what, ::testing::HasSubstr(text))));
}

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_FLAW_MATCHERS_H_
