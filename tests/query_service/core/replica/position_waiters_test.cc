#include "query_service/core/replica/position_waiters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/errors.h"
#include "google/rpc/error_details.pb.h"
#include "tests/common/testing/fake_clock.h"
#include "tests/common/testing/notification.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

class PositionWaitersTest : public ::testing::Test {
 protected:
  struct Answer {
    Notification called;
    absl::Status status = absl::UnknownError("no answer yet");
  };

  Answer& Await(Position position, absl::Duration within = absl::InfiniteDuration()) {
    Answer& answer = answers_.emplace_back();
    waiters_->Await(position, clock_.Now() + within, [&answer](absl::Status status) {
      answer.status = std::move(status);
      answer.called.Notify();  // a second call would abort the process
    });
    return answer;
  }

  FakeClock clock_{absl::FromUnixSeconds(1'695'800'000)};
  std::deque<Answer> answers_;
  std::unique_ptr<PositionWaiters> waiters_ = std::make_unique<PositionWaiters>(
      /*applied=*/10, /*waiters_max=*/3, absl::Milliseconds(250), &clock_);
};

TEST_F(PositionWaitersTest, AppliedPositionsAreAnsweredImmediately) {
  for (const Position position : {0, 9, 10}) {
    Answer& answer = Await(position);
    ASSERT_TRUE(answer.called.HasBeenNotified()) << position;
    EXPECT_THAT(answer.status, IsOk());
  }
}

TEST_F(PositionWaitersTest, AdvanceCallsWaitersUpToThePosition) {
  Answer& eleven = Await(11);
  Answer& also_eleven = Await(11);
  Answer& thirteen = Await(13);
  EXPECT_FALSE(eleven.called.HasBeenNotified());
  waiters_->Advance(12);
  ASSERT_TRUE(eleven.called.HasBeenNotified());
  ASSERT_TRUE(also_eleven.called.HasBeenNotified());
  EXPECT_THAT(eleven.status, IsOk());
  EXPECT_FALSE(thirteen.called.HasBeenNotified());
  waiters_->Advance(13);
  ASSERT_TRUE(thirteen.called.HasBeenNotified());
  EXPECT_THAT(thirteen.status, IsOk());
}

TEST_F(PositionWaitersTest, PassedDeadlineIsAnswered) {
  Answer& answer = Await(11, -absl::Seconds(1));
  answer.called.WaitForNotification();
  EXPECT_THAT(answer.status, StatusIs(absl::StatusCode::kDeadlineExceeded,
                                      HasSubstr("this replica is at position 10")));
}

TEST_F(PositionWaitersTest, LaterDeadlineIsAnsweredAndOthersKeepWaiting) {
  Answer& hour = Await(11, absl::Hours(1));
  Answer& day = Await(11, absl::Hours(24));
  clock_.Advance(absl::Hours(2));
  // A new waiter wakes the timer, which reads the clock.
  Answer& last = Await(12, absl::Hours(48));
  hour.called.WaitForNotification();
  EXPECT_THAT(hour.status, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(day.called.HasBeenNotified());
  EXPECT_FALSE(last.called.HasBeenNotified());
  waiters_->Advance(12);
  EXPECT_THAT(day.status, IsOk());
  EXPECT_THAT(last.status, IsOk());
}

TEST_F(PositionWaitersTest, RefusesMoreWaitersThanTheLimit) {
  Answer& first = Await(11);
  Await(12);
  Await(12);
  Answer& refused = Await(13);
  ASSERT_TRUE(refused.called.HasBeenNotified());
  EXPECT_THAT(refused.status, StatusIs(absl::StatusCode::kResourceExhausted));
  const auto payload = refused.status.GetPayload("type.googleapis.com/google.rpc.RetryInfo");
  ASSERT_TRUE(payload.has_value()) << refused.status;
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(retry.ParseFromString(std::string(*payload)));
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
  EXPECT_THAT(Await(10).status, IsOk()) << "does not count if it need not wait";
  waiters_->Advance(11);
  EXPECT_THAT(first.status, IsOk());
  EXPECT_FALSE(Await(13).called.HasBeenNotified()) << "below the limit again";
}

TEST_F(PositionWaitersTest, DrainAnswersAllAndRefusesNewWaiters) {
  Answer& waiting = Await(11);
  waiters_->Drain();
  ASSERT_TRUE(waiting.called.HasBeenNotified());
  EXPECT_THAT(waiting.status, StatusIs(kUnavailable));
  EXPECT_EQ(ReasonOf(waiting.status), "DRAINING");
  EXPECT_THAT(Await(11).status, StatusIs(kUnavailable));
  EXPECT_THAT(Await(10).status, IsOk());
  waiters_->Drain();
}

TEST_F(PositionWaitersTest, DestructorAnswersAll) {
  Answer& waiting = Await(11);
  waiters_.reset();
  ASSERT_TRUE(waiting.called.HasBeenNotified());
  EXPECT_THAT(waiting.status, StatusIs(kUnavailable));
}

TEST_F(PositionWaitersTest, CallbackMayWaitAgain) {
  Notification second;
  waiters_->Await(11, absl::InfiniteFuture(), [&](const absl::Status&) {
    waiters_->Await(12, absl::InfiniteFuture(), [&](const absl::Status&) { second.Notify(); });
  });
  waiters_->Advance(11);
  EXPECT_FALSE(second.HasBeenNotified());
  waiters_->Advance(12);
  EXPECT_TRUE(second.HasBeenNotified());
}

TEST_F(PositionWaitersTest, AwaitUpdateEndsAtThePositionOrTheDeadline) {
  const auto await = [&](Answer& answer, Position position, absl::Duration within) {
    return waiters_->AwaitUpdate(position, clock_.Now() + within, [&answer](absl::Status status) {
      answer.status = std::move(status);
      answer.called.Notify();
    });
  };
  Answer applied, position, time;
  EXPECT_EQ(await(applied, 10, absl::InfiniteDuration()), 0) << "applied already";
  EXPECT_NE(await(position, 11, absl::InfiniteDuration()), 0);
  waiters_->Advance(11);
  ASSERT_TRUE(position.called.HasBeenNotified());
  EXPECT_THAT(position.status, IsOk());
  EXPECT_NE(await(time, 12, absl::ZeroDuration()), 0);
  time.called.WaitForNotification();
  EXPECT_THAT(time.status, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(applied.called.HasBeenNotified());
}

TEST_F(PositionWaitersTest, AwaitUpdateIsExemptFromTheLimit) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_NE(waiters_->AwaitUpdate(11, absl::InfiniteFuture(), [](const absl::Status&) {}), 0);
  }
  EXPECT_FALSE(Await(11).called.HasBeenNotified());
}

TEST_F(PositionWaitersTest, CancelledWaiterIsNotCalled) {
  bool called = false;
  const auto ticket = waiters_->AwaitUpdate(11, absl::InfiniteFuture(),
                                            [&](const absl::Status&) { called = true; });
  EXPECT_TRUE(waiters_->Cancel(ticket));
  EXPECT_FALSE(waiters_->Cancel(ticket));
  EXPECT_FALSE(waiters_->Cancel(0));
  waiters_->Advance(11);
  EXPECT_FALSE(called);
  const auto answered =
      waiters_->AwaitUpdate(12, absl::InfiniteFuture(), [](const absl::Status&) {});
  waiters_->Advance(12);
  EXPECT_FALSE(waiters_->Cancel(answered));
}

TEST_F(PositionWaitersTest, CancelledWaiterNoLongerCounts) {
  bool called = false;
  const auto ticket =
      waiters_->Await(11, absl::InfiniteFuture(), [&](const absl::Status&) { called = true; });
  Await(11);
  Await(11);
  EXPECT_TRUE(Await(11).called.HasBeenNotified()) << "three are waiting";
  EXPECT_TRUE(waiters_->Cancel(ticket));
  Answer& next = Await(11);
  EXPECT_FALSE(next.called.HasBeenNotified()) << next.status;
  waiters_->Advance(11);
  EXPECT_FALSE(called);
  EXPECT_THAT(next.status, IsOk());
  EXPECT_EQ(waiters_->Await(11, absl::InfiniteFuture(), [](const absl::Status&) {}), 0)
      << "answered immediately";
}

TEST_F(PositionWaitersTest, ConcurrentCancelAndAdvanceCallOnceOrNever) {
  constexpr int kRounds = 2'000;
  std::atomic<int> calls{0};
  std::atomic<Position> awaited{0};
  PositionWaiters waiters(0, 1, absl::Milliseconds(1), &clock_);
  std::thread applier([&] {
    for (Position position = 1; position <= kRounds; ++position) {
      while (awaited < position) std::this_thread::yield();
      waiters.Advance(position);
    }
  });
  int cancelled = 0;
  for (Position position = 1; position <= kRounds; ++position) {
    const auto ticket =
        waiters.Await(position, absl::InfiniteFuture(), [&](const absl::Status& status) {
          EXPECT_THAT(status, IsOk());
          ++calls;
        });
    awaited = position;
    cancelled += waiters.Cancel(ticket) ? 1 : 0;
  }
  applier.join();
  EXPECT_EQ(calls + cancelled, kRounds);
}

TEST_F(PositionWaitersTest, StopUpdatesEndsAwaitUpdateOnly) {
  bool called = false;
  EXPECT_NE(waiters_->AwaitUpdate(11, absl::InfiniteFuture(),
                                  [&](const absl::Status&) { called = true; }),
            0);
  Answer& counted = Await(11);
  waiters_->StopUpdates();
  EXPECT_TRUE(called);
  EXPECT_EQ(waiters_->AwaitUpdate(11, absl::InfiniteFuture(), [](const absl::Status&) {}), 0);
  EXPECT_FALSE(counted.called.HasBeenNotified()) << "it has its own deadline";
  Notification time;
  EXPECT_NE(waiters_->AwaitTime(clock_.Now(), [&](const absl::Status&) { time.Notify(); }), 0);
  time.WaitForNotification();
}

TEST_F(PositionWaitersTest, WaitersOfManyThreadsAreAnsweredOnceEach) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 300;
  PositionWaiters waiters(0, kThreads * kRounds, absl::Milliseconds(1), &clock_);
  std::atomic<int> answers{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (Position position = 1; position <= kRounds; ++position) {
        waiters.Await(position, absl::InfiniteFuture(), [&](const absl::Status& status) {
          EXPECT_THAT(status, IsOk());
          ++answers;
        });
      }
    });
  }
  for (Position position = 1; position < kRounds; ++position) waiters.Advance(position);
  for (std::thread& thread : threads) thread.join();
  waiters.Advance(kRounds);
  EXPECT_EQ(answers, kThreads * kRounds);
}

}  // namespace
}  // namespace repatriation
