// Matchers for absl::Status and absl::StatusOr; a failure prints the status.
//
//   EXPECT_THAT(store->Write(batch, kSynced), IsOk());
//   EXPECT_THAT(Block::Parse(bytes), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("hash")));
#ifndef TESTS_COMMON_TESTING_STATUS_MATCHERS_H_
#define TESTS_COMMON_TESTING_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace repatriation {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, negation ? "is an error" : "is OK") {
  *result_listener << "whose status is " << StatusOf(arg);
  return StatusOf(arg).ok();
}

MATCHER_P(StatusIs, code,
          absl::StrCat(negation ? "is not " : "is ", absl::StatusCodeToString(code))) {
  *result_listener << "whose status is " << StatusOf(arg);
  return StatusOf(arg).code() == code;
}

MATCHER_P2(StatusIs, code, message,
           absl::StrCat(negation ? "is not " : "is ", absl::StatusCodeToString(code),
                        " with a message that ",
                        ::testing::DescribeMatcher<std::string>(message))) {
  *result_listener << "whose status is " << StatusOf(arg);
  return StatusOf(arg).code() == code &&
         ::testing::Value(std::string(StatusOf(arg).message()), message);
}

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_STATUS_MATCHERS_H_
