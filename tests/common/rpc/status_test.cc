#include "common/rpc/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace repatriation {
namespace {

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status wire;
  EXPECT_TRUE(wire.ParseFromString(status.error_details()));
  return wire;
}

TEST(StatusTest, EveryCodeRoundTrips) {
  const struct {
    absl::Status ours;
    grpc::StatusCode wire;
  } kCases[] = {
      {absl::CancelledError("m"), grpc::StatusCode::CANCELLED},
      {absl::UnknownError("m"), grpc::StatusCode::UNKNOWN},
      {absl::InvalidArgumentError("m"), grpc::StatusCode::INVALID_ARGUMENT},
      {absl::DeadlineExceededError("m"), grpc::StatusCode::DEADLINE_EXCEEDED},
      {absl::NotFoundError("m"), grpc::StatusCode::NOT_FOUND},
      {absl::AlreadyExistsError("m"), grpc::StatusCode::ALREADY_EXISTS},
      {absl::PermissionDeniedError("m"), grpc::StatusCode::PERMISSION_DENIED},
      {absl::UnauthenticatedError("m"), grpc::StatusCode::UNAUTHENTICATED},
      {absl::ResourceExhaustedError("m"), grpc::StatusCode::RESOURCE_EXHAUSTED},
      {absl::FailedPreconditionError("m"), grpc::StatusCode::FAILED_PRECONDITION},
      {absl::AbortedError("m"), grpc::StatusCode::ABORTED},
      {absl::OutOfRangeError("m"), grpc::StatusCode::OUT_OF_RANGE},
      {absl::UnimplementedError("m"), grpc::StatusCode::UNIMPLEMENTED},
      {absl::InternalError("m"), grpc::StatusCode::INTERNAL},
      {absl::UnavailableError("m"), grpc::StatusCode::UNAVAILABLE},
      {absl::DataLossError("m"), grpc::StatusCode::DATA_LOSS},
  };
  for (const auto& c : kCases) {
    const grpc::Status wire = ToGrpcStatus(c.ours);
    EXPECT_EQ(wire.error_code(), c.wire) << c.ours;
    EXPECT_EQ(wire.error_message(), "m") << c.ours;
    EXPECT_EQ(wire.error_details(), "") << c.ours;
    EXPECT_EQ(FromGrpcStatus(wire), c.ours);
  }
}

TEST(StatusTest, OkIsOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpcStatus(grpc::Status::OK).ok());
}

TEST(StatusTest, CodeWithoutCounterpartIsInternal) {
  const grpc::Status wire = ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(77), "odd"));
  EXPECT_EQ(wire.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(wire.error_message(), "odd");
}

TEST(StatusTest, CodeFromTheWireWithoutCounterpartIsUnknown) {
  const absl::Status ours = FromGrpcStatus(grpc::Status(grpc::StatusCode::DO_NOT_USE, "odd"));
  EXPECT_EQ(ours.raw_code(), static_cast<int>(absl::StatusCode::kUnknown));
  EXPECT_EQ(ours.message(), "odd");
}

TEST(StatusTest, DetailsRoundTrip) {
  const absl::Status ours =
      WithReason(InvalidField("filter.days.from", "DAY_NOT_A_DATE", "is not a date"), "BECAUSE");
  const grpc::Status wire = ToGrpcStatus(ours);
  EXPECT_EQ(wire.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(wire.error_message(), "filter.days.from: is not a date");

  const google::rpc::Status details = DetailsOf(wire);
  EXPECT_EQ(details.code(), 3);
  EXPECT_EQ(details.message(), "filter.days.from: is not a date");
  ASSERT_EQ(details.details_size(), 2);
  google::rpc::BadRequest bad;
  google::rpc::ErrorInfo info;
  for (const auto& detail : details.details()) {
    EXPECT_TRUE(detail.UnpackTo(&bad) || detail.UnpackTo(&info)) << detail.type_url();
  }
  ASSERT_EQ(bad.field_violations_size(), 1);
  EXPECT_EQ(bad.field_violations(0).field(), "filter.days.from");
  EXPECT_EQ(bad.field_violations(0).reason(), "DAY_NOT_A_DATE");
  EXPECT_EQ(info.reason(), "BECAUSE");
  EXPECT_EQ(info.domain(), "repatriation.v1");

  EXPECT_EQ(FromGrpcStatus(wire), ours);
  EXPECT_EQ(ReasonOf(FromGrpcStatus(wire)), "BECAUSE");
}

TEST(StatusTest, DoesNotSendOtherPayloads) {
  absl::Status ours = Exhausted("full", absl::Seconds(1));
  ours.SetPayload("type.googleapis.com/repatriation.v1.Event", absl::Cord("inner"));
  ours.SetPayload("our.own/thing", absl::Cord("inner"));
  const google::rpc::Status details = DetailsOf(ToGrpcStatus(ours));
  ASSERT_EQ(details.details_size(), 1);
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.RetryInfo");
}

TEST(StatusTest, DropsDetailsThatCannotBeParsed) {
  const absl::Status ours =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::ABORTED, "m", "\xff\xff\xff"));
  EXPECT_EQ(ours, absl::AbortedError("m"));
}

TEST(StatusTest, TruncatesALongMessageBetweenCharacters) {
  // Two-byte characters after one byte, so that the cut would fall inside one.
  std::string message = "x";
  for (int i = 0; i < 2000; ++i) absl::StrAppend(&message, "\u00e9");
  for (const std::string& long_message : {message, "y" + message}) {
    const grpc::Status wire = ToGrpcStatus(WithReason(absl::InternalError(long_message), "R"));
    EXPECT_LE(wire.error_message().size(), kStatusMessageBytesMax);
    EXPECT_GE(wire.error_message().size(), kStatusMessageBytesMax - 1);
    EXPECT_TRUE(IsValidUtf8(wire.error_message()));
    EXPECT_THAT(wire.error_message(), testing::EndsWith("\u00e9..."));
  }
  const std::string just_fits(kStatusMessageBytesMax, 'a');
  EXPECT_EQ(ToGrpcStatus(absl::InternalError(just_fits)).error_message(), just_fits);
}

TEST(StatusTest, QuotesAMessageThatIsNotUtf8) {
  const grpc::Status wire = ToGrpcStatus(WithReason(absl::InternalError("a\xff"), "R"));
  EXPECT_EQ(wire.error_message(), "\"a\\xff\"");
  EXPECT_EQ(DetailsOf(wire).message(), wire.error_message());
}

TEST(StatusTest, OmitsDetailsThatWouldOverflowTheTrailer) {
  absl::Status ours = WithReason(
      InvalidField(std::string(2 * kStatusDetailsBytesMax, 'f'), "LONG", "is long"), "KEPT");
  const grpc::Status wire = ToGrpcStatus(ours);
  EXPECT_LE(wire.error_details().size(), kStatusDetailsBytesMax);
  EXPECT_EQ(ReasonOf(FromGrpcStatus(wire)), "KEPT");
  ASSERT_EQ(DetailsOf(wire).details_size(), 1);
}

TEST(StatusTest, RetryDelayRoundTrips) {
  const absl::Duration delay = absl::Milliseconds(1250);
  const absl::Status ours = Exhausted("full", delay);
  EXPECT_EQ(RetryDelayOf(ours), delay);
  EXPECT_EQ(RetryDelayOf(FromGrpcStatus(ToGrpcStatus(ours))), delay);
}

TEST(StatusTest, RetryDelayIsZeroIfMissingOrInvalid) {
  EXPECT_EQ(RetryDelayOf(absl::OkStatus()), absl::ZeroDuration());
  EXPECT_EQ(RetryDelayOf(absl::ResourceExhaustedError("m")), absl::ZeroDuration());
  EXPECT_EQ(RetryDelayOf(Exhausted("m", -absl::Seconds(3))), absl::ZeroDuration());
  absl::Status broken = absl::UnavailableError("m");
  broken.SetPayload("type.googleapis.com/google.rpc.RetryInfo", absl::Cord("\xff"));
  EXPECT_EQ(RetryDelayOf(broken), absl::ZeroDuration());
}

}  // namespace
}  // namespace repatriation
