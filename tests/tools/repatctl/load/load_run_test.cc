#include "tools/repatctl/load/load_run.h"

#include <gmock/gmock.h>

#include "tests/common/testing/status_matchers.h"
#include "tests/tools/repatctl/testing/fakes.h"
#include "tools/repatctl/load/load_events.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// One event more than two batches.
LoadOptions Options() {
  LoadOptions options;
  options.events = 21;
  options.batch = 10;
  options.streams = 1;
  options.seed = 7;
  return options;
}

int64_t Headcount(const FakeLedger& ledger) {
  int64_t headcount = 0;
  for (const auto& [id, submission] : ledger.content()) headcount += submission.event().headcount();
  return headcount;
}

TEST(LoadRun, StreamsEveryEventOnce) {
  FakeIngest ingest;
  FakeRetryEnvironment environment;
  LoadRun run(Options(), {&ingest}, nullptr, environment.Get());
  LoadResult result;
  EXPECT_THAT(run.Run(result), IsOk());
  EXPECT_EQ(result.recorded, 21);
  EXPECT_EQ(result.duplicate + result.rejected, 0);
  EXPECT_EQ(result.position_max, 21);
  EXPECT_EQ(run.Progress(), 21);
  EXPECT_THAT(result.acks, SizeIs(3));
  EXPECT_THAT(ingest.batch_numbers, ElementsAre(0, 1, 2));
  ASSERT_THAT(ingest.ledger.content(), SizeIs(21));
  EXPECT_EQ(result.headcount, Headcount(ingest.ledger));
  v1::Event last;
  FillLoadEvent(7, 20, last);
  EXPECT_EQ(ingest.ledger.content().count(last.event_id()), 1u);
}

TEST(LoadRun, CountsDuplicates) {
  FakeIngest ingest;
  FakeRetryEnvironment environment;
  LoadResult first, again;
  EXPECT_THAT(LoadRun(Options(), {&ingest}, nullptr, environment.Get()).Run(first), IsOk());
  EXPECT_THAT(LoadRun(Options(), {&ingest}, nullptr, environment.Get()).Run(again), IsOk());
  EXPECT_EQ(again.recorded, 0);
  EXPECT_EQ(again.duplicate, 21);
  EXPECT_EQ(again.headcount, first.headcount);
}

TEST(LoadRun, KeepsTheWindow) {
  FakeIngest ingest;
  FakeRetryEnvironment environment;
  LoadOptions options = Options();
  options.batch = 1;
  options.window = 3;
  LoadResult result;
  EXPECT_THAT(LoadRun(options, {&ingest}, nullptr, environment.Get()).Run(result), IsOk());
  EXPECT_EQ(ingest.in_flight_max, 3u);
}

TEST(LoadRun, FailsWithItsStream) {
  FakeIngest ingest({{.answers = 1, .end = absl::InternalError("broken")}});
  FakeRetryEnvironment environment;
  LoadResult result;
  EXPECT_THAT(LoadRun(Options(), {&ingest}, nullptr, environment.Get()).Run(result),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(result.recorded, 10);
}

TEST(LoadRun, FailsIfAStreamEndsEarly) {
  FakeIngest ingest({{.answers = 1, .end = absl::OkStatus()}});
  FakeRetryEnvironment environment;
  LoadResult result;
  EXPECT_THAT(LoadRun(Options(), {&ingest}, nullptr, environment.Get()).Run(result),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(LoadRun, FailsWithoutAnAnswer) {
  FakeIngest ingest({{.answers = 1, .stalls = true}});
  FakeRetryEnvironment environment;
  LoadResult result;
  EXPECT_THAT(LoadRun(Options(), {&ingest}, nullptr, environment.Get()).Run(result),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(LoadRun, SamplesVisibility) {
  FakeIngest ingest;
  FakeQuery query;
  FakeRetryEnvironment environment;
  LoadResult result;
  EXPECT_THAT(LoadRun(Options(), {&ingest}, &query, environment.Get()).Run(result), IsOk());
  // The clock does not advance, so there is only one sample.
  ASSERT_THAT(result.visible, SizeIs(1));
  EXPECT_EQ(query.aggregate_requests.at(0).read().min_position(), 10);
}

}  // namespace
}  // namespace repatriation
