#include "tools/repatctl/load/visibility_sampler.h"

#include <gmock/gmock.h>

#include "absl/base/thread_annotations.h"
#include "common/base/mutex.h"
#include "tests/tools/repatctl/testing/fakes.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Blocks each query until Release(); the first one takes 50 ms.
class SlowQuery : public FakeQuery {
 public:
  explicit SlowQuery(FakeClock& clock) : clock_(clock) {}

  absl::StatusOr<v1::GetAggregateResponse> GetAggregate(
      const v1::GetAggregateRequest& request) override {
    MutexLock lock(mutex_);
    ++queries_;
    changed_.NotifyAll();
    while (!released_) changed_.Wait(lock);
    if (queries_ == 1) clock_.Advance(absl::Milliseconds(50));
    return FakeQuery::GetAggregate(request);
  }
  void AwaitQuery() {
    MutexLock lock(mutex_);
    while (queries_ == 0) changed_.Wait(lock);
  }
  void Release() {
    const MutexLock lock(mutex_);
    released_ = true;
    changed_.NotifyAll();
  }

 private:
  FakeClock& clock_;
  Mutex mutex_;
  CondVar changed_;
  int queries_ ABSL_GUARDED_BY(mutex_) = 0;
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST(VisibilitySampler, SamplesAllAcksDuringASlowQuery) {
  FakeClock clock;
  SlowQuery query(clock);
  query.aggregates.emplace_back().mutable_header()->set_applied_position(20);
  VisibilitySampler sampler(&query, &clock);
  sampler.RecordAck(10);
  query.AwaitQuery();
  clock.Advance(absl::Milliseconds(10));
  sampler.RecordAck(20);
  sampler.RecordAck(21);
  query.Release();
  EXPECT_THAT(sampler.Stop(), ElementsAre(absl::Milliseconds(60), absl::Milliseconds(50)));
  ASSERT_EQ(query.aggregate_requests.size(), 1u);
  EXPECT_EQ(query.aggregate_requests[0].read().min_position(), 10);
  EXPECT_THAT(sampler.Stop(), IsEmpty());
}

TEST(VisibilitySampler, QueriesAgainForUnappliedPositions) {
  FakeClock clock;
  SlowQuery query(clock);
  query.aggregates.emplace_back();
  VisibilitySampler sampler(&query, &clock);
  sampler.RecordAck(10);
  query.AwaitQuery();
  clock.Advance(absl::Milliseconds(10));
  sampler.RecordAck(20);
  query.Release();
  EXPECT_THAT(sampler.Stop(), ElementsAre(absl::Milliseconds(60), absl::Milliseconds(50)));
  EXPECT_EQ(query.aggregate_requests.size(), 2u);
}

TEST(VisibilitySampler, StopsWhenTheServiceFails) {
  FakeClock clock;
  FakeQuery query;
  query.failure = absl::UnavailableError("gone");
  VisibilitySampler sampler(&query, &clock);
  sampler.RecordAck(10);
  EXPECT_THAT(sampler.Stop(), IsEmpty());
}

TEST(VisibilitySampler, WorksWithoutAQueryService) {
  FakeClock clock;
  VisibilitySampler sampler(nullptr, &clock);
  sampler.RecordAck(10);
  EXPECT_THAT(sampler.Stop(), IsEmpty());
}

}  // namespace
}  // namespace repatriation
