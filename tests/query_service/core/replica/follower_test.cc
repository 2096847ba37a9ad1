#include "query_service/core/replica/follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/errors.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/fake_clock.h"
#include "tests/common/testing/notification.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

// Returns the given updates in order, and records calls of Open().
class FakeBlockSource : public BlockSource {
 public:
  struct Opening {
    LedgerId ledger_id;
    LedgerTail tail;
  };

  void Open(const LedgerId& ledger_id, const LedgerTail& tail) override {
    const std::lock_guard lock(mutex_);
    openings_.push_back({ledger_id, tail});
    changed_.notify_all();
  }

  absl::StatusOr<Update> Next() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return cancelled_ || !updates_.empty(); });
    if (cancelled_) return absl::CancelledError("stopped");
    auto next = std::move(updates_.front());
    updates_.pop_front();
    return next;
  }

  void Cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }

  void Push(absl::StatusOr<Update> update) {
    const std::lock_guard lock(mutex_);
    updates_.push_back(std::move(update));
    changed_.notify_all();
  }
  void PushBlock(std::string block, Position tail) { Push(Update{std::move(block), tail}); }

  // Blocks until it was opened `count` times; returns the arguments of that call.
  Opening WaitForOpening(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return openings_.size() >= count; });
    return openings_[count - 1];
  }
  size_t openings() {
    const std::lock_guard lock(mutex_);
    return openings_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<absl::StatusOr<Update>> updates_;
  std::vector<Opening> openings_;
  bool cancelled_ = false;
};

class FollowerTest : public ::testing::Test {
 protected:
  static FollowerOptions NoDelay() {
    return {.backoff_min = absl::Nanoseconds(1), .backoff_max = absl::Nanoseconds(1)};
  }

  void SetUp() override {
    auto replica = Replica::Open(dir_.Path("replica"));
    ASSERT_THAT(replica, IsOk());
    replica_ = *std::move(replica);
  }

  void Start(const FollowerOptions& options = NoDelay()) {
    // A second call of either would abort the process.
    follower_ = std::make_unique<Follower>(
        replica_.get(), &source_, &waiters_, options, [this] { caught_up_.Notify(); },
        [this] { diverged_.Notify(); });
  }

  // Blocks until `position` is applied.
  absl::Status WaitFor(Position position) {
    Notification done;
    absl::Status status;
    waiters_.Await(position, absl::InfiniteFuture(), [&](absl::Status answer) {
      status = std::move(answer);
      done.Notify();
    });
    done.WaitForNotification();
    return status;
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  RandomChain chain_{seed_};
  FakeClock clock_{absl::FromUnixSeconds(1'695'800'000)};
  const TempDir dir_;
  std::unique_ptr<Replica> replica_;
  FakeBlockSource source_;
  PositionWaiters waiters_{0, 100, absl::Milliseconds(1), &clock_};
  Notification caught_up_;
  Notification diverged_;
  std::unique_ptr<Follower> follower_;  // ends before what it uses
};

TEST_F(FollowerTest, AppliesBlocksAndNotifiesWaiters) {
  Start();
  const auto opening = source_.WaitForOpening(1);
  EXPECT_TRUE(opening.ledger_id.empty());
  EXPECT_EQ(opening.tail, LedgerTail());
  source_.PushBlock(chain_.Next(3), 5);
  EXPECT_THAT(WaitFor(3), IsOk());
  EXPECT_EQ(replica_->tail(), chain_.tail());
  EXPECT_EQ(follower_->ledger_position(), 5);
  source_.PushBlock(chain_.Next(2), 5);
  EXPECT_THAT(WaitFor(5), IsOk());
  EXPECT_EQ(source_.openings(), 1u);
}

TEST_F(FollowerTest, ReportsCaughtUpOnceAtTheTail) {
  Start();
  source_.PushBlock(chain_.Next(3), 5);
  EXPECT_THAT(WaitFor(3), IsOk());
  source_.Push(BlockSource::Update{"", 5});
  EXPECT_FALSE(caught_up_.HasBeenNotified());
  source_.PushBlock(chain_.Next(2), 5);
  caught_up_.WaitForNotification();
  EXPECT_EQ(replica_->tail().position, 5);
  // It may fall behind and catch up again; that is reported only once.
  source_.PushBlock(chain_.Next(1), 9);
  source_.PushBlock(chain_.Next(3), 9);
  EXPECT_THAT(WaitFor(9), IsOk());
}

TEST_F(FollowerTest, CatchesUpWithAnEmptyLedger) {
  Start();
  source_.Push(BlockSource::Update{"", 0});
  caught_up_.WaitForNotification();
  EXPECT_EQ(replica_->tail().position, 0);
}

TEST_F(FollowerTest, ReconnectsFromItsTailAfterAFailure) {
  Start();
  source_.Push(absl::UnavailableError("connection refused"));
  source_.WaitForOpening(2);
  source_.PushBlock(chain_.Next(3), 3);
  EXPECT_THAT(WaitFor(3), IsOk());
  source_.Push(absl::UnavailableError("connection reset"));
  const auto opening = source_.WaitForOpening(3);
  EXPECT_EQ(opening.ledger_id, chain_.id());
  EXPECT_EQ(opening.tail, chain_.tail());
  source_.PushBlock(chain_.Next(1), 4);
  EXPECT_THAT(WaitFor(4), IsOk());
  EXPECT_FALSE(diverged_.HasBeenNotified());
}

TEST_F(FollowerTest, ReconnectsAfterAGapAndAfterADamagedBlock) {
  Start();
  const std::string first = chain_.Next(2);
  const std::string second = chain_.Next(2);
  source_.PushBlock(second, 4);
  source_.WaitForOpening(2);
  EXPECT_EQ(replica_->tail().position, 0);
  source_.PushBlock(first.substr(0, first.size() - 1), 4);
  source_.WaitForOpening(3);
  EXPECT_EQ(replica_->tail().position, 0);
  source_.PushBlock(first, 4);
  source_.PushBlock(second, 4);
  EXPECT_THAT(WaitFor(4), IsOk());
  EXPECT_FALSE(diverged_.HasBeenNotified());
}

TEST_F(FollowerTest, DivergesIfTheSourceReportsAnotherHistory) {
  for (const char* reason : {"LEDGER_ID_MISMATCH", "HASH_MISMATCH", "POSITION_AHEAD_OF_LEDGER"}) {
    SCOPED_TRACE(reason);
    const TempDir dir;
    const auto replica = Replica::Open(dir.Path("replica"));
    ASSERT_THAT(replica, IsOk());
    FakeBlockSource source;
    Notification diverged;
    Follower follower(
        replica->get(), &source, &waiters_, NoDelay(), [] {}, [&] { diverged.Notify(); });
    source.Push(WithReason(absl::FailedPreconditionError("not yours"), reason));
    diverged.WaitForNotification();
    EXPECT_THAT((*replica)->divergence(),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not yours")));
    follower.Stop();
    EXPECT_EQ(source.openings(), 1u) << "it does not retry";
  }
}

TEST_F(FollowerTest, DivergesIfABlockIsOfAnotherHistory) {
  Start();
  RandomChain fork(seed_ + 1, chain_.id());
  source_.PushBlock(chain_.Next(3), 3);
  fork.Next(3);
  source_.PushBlock(fork.Next(1), 4);
  diverged_.WaitForNotification();
  EXPECT_EQ(ReasonOf(replica_->divergence()), "REPLICA_DIVERGED");
  EXPECT_EQ(replica_->tail(), chain_.tail()) << "nothing of it is applied";
  follower_->Stop();
  EXPECT_EQ(source_.openings(), 1u);
}

TEST_F(FollowerTest, DivergeEndsIt) {
  Start();
  source_.PushBlock(chain_.Next(3), 3);
  EXPECT_THAT(WaitFor(3), IsOk());
  const LedgerTail before = chain_.tail();
  follower_->Diverge(WithReason(absl::FailedPreconditionError("hashes differ"), "HASH_MISMATCH"));
  EXPECT_EQ(ReasonOf(replica_->divergence()), "REPLICA_DIVERGED");
  diverged_.WaitForNotification();
  source_.PushBlock(chain_.Next(1), 4);
  follower_->Stop();
  EXPECT_EQ(replica_->tail(), before) << "nothing more is applied";
  EXPECT_EQ(source_.openings(), 1u);
}

TEST_F(FollowerTest, DivergeInterruptsItsDelay) {
  // An hour would outlast the test's time limit.
  Start({.backoff_min = absl::Hours(1), .backoff_max = absl::Hours(1)});
  source_.Push(absl::UnavailableError("connection refused"));
  source_.WaitForOpening(1);
  follower_->Diverge(absl::FailedPreconditionError("hashes differ"));
  diverged_.WaitForNotification();
}

TEST_F(FollowerTest, StopInterruptsNext) {
  Start();
  source_.WaitForOpening(1);
  follower_->Stop();
  follower_->Stop();
  EXPECT_FALSE(diverged_.HasBeenNotified());
}

TEST_F(FollowerTest, StopInterruptsItsDelay) {
  // An hour would outlast the test's time limit.
  Start({.backoff_min = absl::Hours(1), .backoff_max = absl::Hours(1)});
  source_.Push(absl::UnavailableError("connection refused"));
  source_.WaitForOpening(1);
  follower_->Stop();
  EXPECT_EQ(source_.openings(), 1u);
}

}  // namespace
}  // namespace repatriation
