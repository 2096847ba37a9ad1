#include "tools/repatctl/client/retry.h"

#include <gmock/gmock.h>

#include "common/base/errors.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/tools/repatctl/testing/fakes.h"
#include "tools/repatctl/client/wait.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

const absl::Status kDown = absl::UnavailableError("down");

TEST(Retry, BacksOffExponentiallyWithJitter) {
  FakeRetryEnvironment environment;
  Retry retry(absl::InfiniteDuration(), environment.Get());
  for (int i = 0; i < 200; ++i) ASSERT_THAT(retry.WaitAfter(kDown), IsOk());
  absl::Duration sum;
  absl::Duration delay_max = absl::Milliseconds(100);
  for (const absl::Duration delay : environment.slept) {
    EXPECT_LE(delay, delay_max);
    EXPECT_GE(delay, absl::ZeroDuration());
    delay_max = std::min(2 * delay_max, absl::Seconds(10));
    sum += delay;
  }
  // Full jitter: on average half of the maximum.
  EXPECT_GT(sum / 200, absl::Seconds(4));
  EXPECT_LT(sum / 200, absl::Seconds(6));
}

TEST(Retry, GivesUpExactlyAfterItsPatience) {
  FakeRetryEnvironment environment;
  const absl::Time start = environment.clock.Now();
  Retry retry(absl::Seconds(60), environment.Get());
  absl::Status status;
  while (status.ok()) status = retry.WaitAfter(kDown);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "no progress for 1m: down"));
  EXPECT_EQ(environment.clock.Now() - start, absl::Seconds(60));
}

TEST(Retry, ProgressResetsPatience) {
  FakeRetryEnvironment environment;
  Retry retry(absl::Seconds(1), environment.Get());
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(retry.WaitAfter(kDown), IsOk());
    environment.clock.Advance(absl::Hours(1));
    retry.Progress();
  }
  EXPECT_THAT(environment.slept, Each(Le(absl::Milliseconds(100))));
}

TEST(Retry, HonoursRetryInfo) {
  FakeRetryEnvironment environment;
  Retry retry(absl::Seconds(60), environment.Get());
  ASSERT_THAT(retry.WaitAfter(Exhausted("request queue is full", absl::Seconds(3))), IsOk());
  EXPECT_THAT(environment.slept, Each(AllOf(Ge(absl::Seconds(3)), Le(absl::Seconds(3.1)))));
}

TEST(Retry, DoesNotRetryPermanentErrors) {
  FakeRetryEnvironment environment;
  Retry retry(absl::Seconds(60), environment.Get());
  for (const absl::Status& status :
       {absl::InvalidArgumentError("x"), absl::InternalError("x"), absl::UnimplementedError("x"),
        absl::PermissionDeniedError("x"), absl::FailedPreconditionError("x")}) {
    EXPECT_EQ(retry.WaitAfter(status), status);
  }
  EXPECT_THAT(environment.slept, IsEmpty());
}

TEST(WaitForPosition, ReturnsWhenThePositionIsApplied) {
  FakeRetryEnvironment environment;
  FakeQuery query;
  query.applied_positions = {5};
  EXPECT_THAT(WaitForPosition(query, 5, absl::Seconds(1), environment.Get()), IsOk());
  ASSERT_THAT(query.missions_requests, SizeIs(1));
  EXPECT_EQ(query.missions_requests[0].page_size(), 1);
  EXPECT_EQ(query.missions_requests[0].read().min_position(), 5);
}

TEST(WaitForPosition, WaitsWhileTheReplicaMakesProgress) {
  FakeRetryEnvironment environment;
  FakeQuery query;
  for (int64_t position = 1; position <= 2'000; ++position) {
    query.applied_positions.push_back(position);
  }
  const absl::Time start = environment.clock.Now();
  EXPECT_THAT(WaitForPosition(query, 2'000, absl::Seconds(1), environment.Get()), IsOk());
  EXPECT_GT(environment.clock.Now() - start, absl::Seconds(1));
}

TEST(WaitForPosition, GivesUpOnAStuckReplica) {
  FakeRetryEnvironment environment;
  FakeQuery query;
  query.applied_positions = {3};
  EXPECT_THAT(WaitForPosition(query, 5, absl::Seconds(9), environment.Get()),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("no progress for 9s")));
}

TEST(WaitForPosition, GivesUpAtOnceOnAPermanentError) {
  FakeRetryEnvironment environment;
  FakeQuery query;
  query.failure = absl::FailedPreconditionError("diverged");
  EXPECT_THAT(WaitForPosition(query, 5, absl::Seconds(9), environment.Get()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(environment.slept, IsEmpty());
}

}  // namespace
}  // namespace repatriation
