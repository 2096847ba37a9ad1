#include "common/base/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const auto payload =
      status.GetPayload(absl::StrCat("type.googleapis.com/", Detail::descriptor()->full_name()));
  EXPECT_TRUE(payload.has_value()) << status << " carries no " << Detail::descriptor()->full_name();
  if (payload.has_value()) {
    EXPECT_TRUE(detail.ParseFromString(std::string(*payload))) << status;
  }
  return detail;
}

TEST(ErrorsTest, InvalidFieldNamesFieldReasonAndRule) {
  const absl::Status status = InvalidField("event.day", "DAY_NOT_A_DATE", "must be YYYY-MM-DD");
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument, "event.day: must be YYYY-MM-DD"));
  const auto detail = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(detail.field_violations_size(), 1);
  EXPECT_EQ(detail.field_violations(0).field(), "event.day");
  EXPECT_EQ(detail.field_violations(0).reason(), "DAY_NOT_A_DATE");
  EXPECT_EQ(detail.field_violations(0).description(), "must be YYYY-MM-DD");
  EXPECT_EQ(ReasonOf(status), "DAY_NOT_A_DATE");
}

TEST(ErrorsTest, ExhaustedCarriesTheRetryDelay) {
  const struct {
    absl::Duration delay;
    int64_t seconds;
    int32_t nanos;
  } kCases[] = {
      {absl::ZeroDuration(), 0, 0},
      {absl::Milliseconds(250), 0, 250'000'000},
      {absl::Seconds(2), 2, 0},
      {absl::Seconds(61) + absl::Nanoseconds(1), 61, 1},
      {absl::Seconds(1) - absl::Nanoseconds(1), 0, 999'999'999},
  };
  for (const auto& c : kCases) {
    const absl::Status status = Exhausted("request queue is full", c.delay);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, "request queue is full"));
    const auto detail = DetailOf<google::rpc::RetryInfo>(status);
    EXPECT_EQ(detail.retry_delay().seconds(), c.seconds) << c.delay;
    EXPECT_EQ(detail.retry_delay().nanos(), c.nanos) << c.delay;
    EXPECT_EQ(ReasonOf(status), "") << c.delay;
  }
}

TEST(ErrorsTest, WithReasonNamesTheCause) {
  const absl::Status status =
      WithReason(absl::OutOfRangeError("beyond the tail"), "POSITION_AHEAD");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kOutOfRange, "beyond the tail"));
  const auto detail = DetailOf<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(detail.reason(), "POSITION_AHEAD");
  EXPECT_EQ(detail.domain(), "repatriation.v1");
  EXPECT_EQ(ReasonOf(status), "POSITION_AHEAD");
}

TEST(ErrorsTest, ReasonOfPrefersTheCause) {
  EXPECT_EQ(ReasonOf(WithReason(InvalidField("a", "FIELD_REASON", "b"), "CAUSE")), "CAUSE");
}

TEST(ErrorsTest, ReasonOfNothingIsEmpty) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
  EXPECT_EQ(ReasonOf(absl::InternalError("no detail")), "");
  absl::Status garbled = absl::InternalError("malformed detail");
  garbled.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord("\xff\xff"));
  EXPECT_EQ(ReasonOf(garbled), "");
}

TEST(ErrorsTest, AnnotateKeepsCodeAndDetails) {
  const absl::Status status =
      WithReason(Exhausted("full", absl::Milliseconds(1500)), "FOLLOWERS_MAX");
  const absl::Status annotated = Annotate(status, "follower 7");
  EXPECT_THAT(annotated, StatusIs(absl::StatusCode::kResourceExhausted, "follower 7: full"));
  EXPECT_EQ(ReasonOf(annotated), "FOLLOWERS_MAX");
  EXPECT_EQ(DetailOf<google::rpc::RetryInfo>(annotated).retry_delay().nanos(), 500'000'000);
}

TEST(ErrorsTest, AnnotateLeavesOkAlone) {
  EXPECT_EQ(Annotate(absl::OkStatus(), "context"), absl::OkStatus());
}

}  // namespace
}  // namespace repatriation
