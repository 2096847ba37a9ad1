#include "tools/repatctl/load/visibility_sampler.h"

#include <gmock/gmock.h>

#include "tests/tools/repatctl/testing/fakes.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Answers once it is released, a while after it was asked.
class SlowQuery : public FakeQuery {
 public:
  explicit SlowQuery(FakeClock& clock) : clock_(clock) {}

  absl::StatusOr<v1::GetAggregateResponse> GetAggregate(
      const v1::GetAggregateRequest& request) override {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
    if (asked_ == 1) clock_.Advance(absl::Milliseconds(50));
    return FakeQuery::GetAggregate(request);
  }
  void AwaitQuestion() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return asked_ > 0; });
  }
  void Release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

 private:
  FakeClock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0;
  bool released_ = false;
};

TEST(VisibilitySampler, CountsAllThatCameDuringASlowQuestion) {
  FakeClock clock;
  SlowQuery query(clock);
  query.aggregates.emplace_back().mutable_header()->set_applied_position(20);
  VisibilitySampler sampler(&query, &clock);
  sampler.Note(10);
  query.AwaitQuestion();
  clock.Advance(absl::Milliseconds(10));
  sampler.Note(20);
  sampler.Note(21);
  query.Release();
  EXPECT_THAT(sampler.Stop(), ElementsAre(absl::Milliseconds(60), absl::Milliseconds(50)));
  ASSERT_EQ(query.aggregate_requests.size(), 1u);
  EXPECT_EQ(query.aggregate_requests[0].read().min_position(), 10);
  EXPECT_THAT(sampler.Stop(), IsEmpty());
}

TEST(VisibilitySampler, AsksAgainForWhatIsNotAppliedYet) {
  FakeClock clock;
  SlowQuery query(clock);
  query.aggregates.emplace_back();
  VisibilitySampler sampler(&query, &clock);
  sampler.Note(10);
  query.AwaitQuestion();
  clock.Advance(absl::Milliseconds(10));
  sampler.Note(20);
  query.Release();
  EXPECT_THAT(sampler.Stop(), ElementsAre(absl::Milliseconds(60), absl::Milliseconds(50)));
  EXPECT_EQ(query.aggregate_requests.size(), 2u);
}

TEST(VisibilitySampler, EndsWhenTheServiceFails) {
  FakeClock clock;
  FakeQuery query;
  query.failure = absl::UnavailableError("gone");
  VisibilitySampler sampler(&query, &clock);
  sampler.Note(10);
  EXPECT_THAT(sampler.Stop(), IsEmpty());
}

TEST(VisibilitySampler, NeedsNoQueryService) {
  FakeClock clock;
  VisibilitySampler sampler(nullptr, &clock);
  sampler.Note(10);
  EXPECT_THAT(sampler.Stop(), IsEmpty());
}

}  // namespace
}  // namespace repatriation
