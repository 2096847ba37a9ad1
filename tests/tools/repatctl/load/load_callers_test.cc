#include "tools/repatctl/load/load_callers.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "common/base/errors.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/tools/repatctl/testing/fakes.h"
#include "tools/repatctl/load/load_run.h"

namespace repatriation {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// One event more than 50 batches.
LoadOptions CallerOptions() {
  LoadOptions options;
  options.events = 101;
  options.batch = 2;
  options.callers = 8;
  options.seed = 7;
  return options;
}

class LoadCallersTest : public ::testing::Test {
 protected:
  absl::Status Run(const LoadOptions& options) {
    return LoadRun(options, {&ingest_}, nullptr, environment_.Get()).Run(result_);
  }

  FakeIngest ingest_;
  FakeRetryEnvironment environment_;
  LoadResult result_;
};

TEST_F(LoadCallersTest, SendEveryEventOnceConcurrently) {
  ingest_.calls_awaited = 8;
  EXPECT_THAT(Run(CallerOptions()), IsOk());
  EXPECT_EQ(result_.recorded, 101);
  EXPECT_EQ(result_.duplicate + result_.rejected + result_.retried, 0);
  EXPECT_EQ(result_.position_max, 101);
  EXPECT_THAT(result_.acks, SizeIs(51));
  EXPECT_THAT(ingest_.ledger.content(), SizeIs(101));
  EXPECT_THAT(environment_.slept, IsEmpty());
}

TEST_F(LoadCallersTest, MayOutnumberTheBatches) {
  LoadOptions options = CallerOptions();
  options.callers = 100;
  EXPECT_THAT(Run(options), IsOk());
  EXPECT_EQ(result_.recorded, 101);
}

TEST_F(LoadCallersTest, ShareSeveralClients) {
  FakeIngest other;
  ingest_.calls_awaited = other.calls_awaited = 4;
  EXPECT_THAT(
      LoadRun(CallerOptions(), {&ingest_, &other}, nullptr, environment_.Get()).Run(result_),
      IsOk());
  EXPECT_EQ(ingest_.ledger.content().size() + other.ledger.content().size(), 101u);
}

TEST_F(LoadCallersTest, RetryTransientErrors) {
  ingest_.call_failures = {Exhausted("full", absl::Seconds(1)), absl::UnavailableError("gone"),
                           Exhausted("full", absl::Seconds(1))};
  EXPECT_THAT(Run(CallerOptions()), IsOk());
  EXPECT_EQ(result_.recorded, 101);
  EXPECT_EQ(result_.retried, 3);
  EXPECT_THAT(result_.acks, SizeIs(51));
  // Measured from the first attempt, including retry delays.
  EXPECT_GE(*std::max_element(result_.acks.begin(), result_.acks.end()), absl::Seconds(1));
}

TEST_F(LoadCallersTest, GiveUpWithoutProgress) {
  ingest_.call_failures = std::deque<absl::Status>(10'000, absl::UnavailableError("gone"));
  EXPECT_THAT(Run(CallerOptions()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no progress for 1m")));
  EXPECT_EQ(result_.recorded, 0);
}

TEST_F(LoadCallersTest, EndWithTheFirstError) {
  ingest_.calls_awaited = 8;
  ingest_.call_failures = {absl::UnavailableError("gone"), absl::InternalError("broken")};
  EXPECT_THAT(Run(CallerOptions()), StatusIs(absl::StatusCode::kInternal, "broken"));
  // Of the six others, and of the one that waits if it is sent first.
  EXPECT_THAT(ingest_.ledger.content(), AnyOf(SizeIs(12), SizeIs(14)));
}

TEST_F(LoadCallersTest, KeepTheRate) {
  LoadOptions options = CallerOptions();
  options.callers = 1;  // so that the clock does not advance during calls
  options.events_per_second = 10;
  EXPECT_THAT(Run(options), IsOk());
  EXPECT_EQ(result_.recorded, 101);
  EXPECT_EQ(result_.elapsed, absl::Seconds(10));
  EXPECT_THAT(result_.acks, Each(absl::ZeroDuration()));
}

}  // namespace
}  // namespace repatriation
