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
    Notification came;
    absl::Status status = absl::UnknownError("no answer yet");
  };

  Answer& Await(Position position, absl::Duration within = absl::InfiniteDuration()) {
    Answer& answer = answers_.emplace_back();
    waiters_->Await(position, clock_.Now() + within, [&answer](absl::Status status) {
      answer.status = std::move(status);
      answer.came.Notify();  // a second call would end the process
    });
    return answer;
  }

  FakeClock clock_{absl::FromUnixSeconds(1'695'800'000)};
  std::deque<Answer> answers_;
  std::unique_ptr<PositionWaiters> waiters_ = std::make_unique<PositionWaiters>(
      /*applied=*/10, /*waiters_max=*/3, absl::Milliseconds(250), &clock_);
};

TEST_F(PositionWaitersTest, WhatIsAppliedIsAnsweredAtOnce) {
  for (const Position position : {0, 9, 10}) {
    Answer& answer = Await(position);
    ASSERT_TRUE(answer.came.HasBeenNotified()) << position;
    EXPECT_THAT(answer.status, IsOk());
  }
}

TEST_F(PositionWaitersTest, AdvanceAnswersThoseWhoWaitForNoMore) {
  Answer& eleven = Await(11);
  Answer& also_eleven = Await(11);
  Answer& thirteen = Await(13);
  EXPECT_FALSE(eleven.came.HasBeenNotified());
  waiters_->Advance(12);
  ASSERT_TRUE(eleven.came.HasBeenNotified());
  ASSERT_TRUE(also_eleven.came.HasBeenNotified());
  EXPECT_THAT(eleven.status, IsOk());
  EXPECT_FALSE(thirteen.came.HasBeenNotified());
  waiters_->Advance(13);
  ASSERT_TRUE(thirteen.came.HasBeenNotified());
  EXPECT_THAT(thirteen.status, IsOk());
}

TEST_F(PositionWaitersTest, ADeadlineThatHasPassedIsAnswered) {
  Answer& answer = Await(11, -absl::Seconds(1));
  answer.came.WaitForNotification();
  EXPECT_THAT(answer.status, StatusIs(absl::StatusCode::kDeadlineExceeded,
                                      HasSubstr("this replica is at position 10")));
}

TEST_F(PositionWaitersTest, ADeadlineThatPassesLaterIsAnsweredAndOthersGoOnWaiting) {
  Answer& hour = Await(11, absl::Hours(1));
  Answer& day = Await(11, absl::Hours(24));
  clock_.Advance(absl::Hours(2));
  // Whoever comes wakes the timer, which looks at the clock.
  Answer& last = Await(12, absl::Hours(48));
  hour.came.WaitForNotification();
  EXPECT_THAT(hour.status, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(day.came.HasBeenNotified());
  EXPECT_FALSE(last.came.HasBeenNotified());
  waiters_->Advance(12);
  EXPECT_THAT(day.status, IsOk());
  EXPECT_THAT(last.status, IsOk());
}

TEST_F(PositionWaitersTest, NoMoreThanTheLimitWait) {
  Answer& first = Await(11);
  Await(12);
  Await(12);
  Answer& refused = Await(13);
  ASSERT_TRUE(refused.came.HasBeenNotified());
  EXPECT_THAT(refused.status, StatusIs(absl::StatusCode::kResourceExhausted));
  const auto payload = refused.status.GetPayload("type.googleapis.com/google.rpc.RetryInfo");
  ASSERT_TRUE(payload.has_value()) << refused.status;
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(retry.ParseFromString(std::string(*payload)));
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
  EXPECT_THAT(Await(10).status, IsOk()) << "who need not wait takes no place";
  waiters_->Advance(11);
  EXPECT_THAT(first.status, IsOk());
  EXPECT_FALSE(Await(13).came.HasBeenNotified()) << "a place is free again";
}

TEST_F(PositionWaitersTest, DrainAnswersAllAndTakesNoMore) {
  Answer& waiting = Await(11);
  waiters_->Drain();
  ASSERT_TRUE(waiting.came.HasBeenNotified());
  EXPECT_THAT(waiting.status, StatusIs(kUnavailable));
  EXPECT_EQ(ReasonOf(waiting.status), "DRAINING");
  EXPECT_THAT(Await(11).status, StatusIs(kUnavailable));
  EXPECT_THAT(Await(10).status, IsOk());
  waiters_->Drain();
}

TEST_F(PositionWaitersTest, ItsEndAnswersAll) {
  Answer& waiting = Await(11);
  waiters_.reset();
  ASSERT_TRUE(waiting.came.HasBeenNotified());
  EXPECT_THAT(waiting.status, StatusIs(kUnavailable));
}

TEST_F(PositionWaitersTest, ACallbackMayWaitAgain) {
  Notification second;
  waiters_->Await(11, absl::InfiniteFuture(), [&](const absl::Status&) {
    waiters_->Await(12, absl::InfiniteFuture(), [&](const absl::Status&) { second.Notify(); });
  });
  waiters_->Advance(11);
  EXPECT_FALSE(second.HasBeenNotified());
  waiters_->Advance(12);
  EXPECT_TRUE(second.HasBeenNotified());
}

TEST_F(PositionWaitersTest, NewsComesOnceThePositionIsAppliedOrTheTimeIsUp) {
  const auto await = [&](Answer& answer, Position position, absl::Duration within) {
    return waiters_->AwaitNews(position, clock_.Now() + within, [&answer](absl::Status status) {
      answer.status = std::move(status);
      answer.came.Notify();
    });
  };
  Answer applied, position, time;
  EXPECT_EQ(await(applied, 10, absl::InfiniteDuration()), 0) << "there already";
  EXPECT_NE(await(position, 11, absl::InfiniteDuration()), 0);
  waiters_->Advance(11);
  ASSERT_TRUE(position.came.HasBeenNotified());
  EXPECT_THAT(position.status, IsOk());
  EXPECT_NE(await(time, 12, absl::ZeroDuration()), 0);
  time.came.WaitForNotification();
  EXPECT_THAT(time.status, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(applied.came.HasBeenNotified());
}

TEST_F(PositionWaitersTest, WhoWaitsForNewsTakesNoPlace) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_NE(waiters_->AwaitNews(11, absl::InfiniteFuture(), [](const absl::Status&) {}), 0);
  }
  EXPECT_FALSE(Await(11).came.HasBeenNotified());
}

TEST_F(PositionWaitersTest, WhoCancelsIsNotCalled) {
  bool called = false;
  const auto ticket =
      waiters_->AwaitNews(11, absl::InfiniteFuture(), [&](const absl::Status&) { called = true; });
  EXPECT_TRUE(waiters_->Cancel(ticket));
  EXPECT_FALSE(waiters_->Cancel(ticket));
  EXPECT_FALSE(waiters_->Cancel(0));
  waiters_->Advance(11);
  EXPECT_FALSE(called);
  const auto answered = waiters_->AwaitNews(12, absl::InfiniteFuture(), [](const absl::Status&) {});
  waiters_->Advance(12);
  EXPECT_FALSE(waiters_->Cancel(answered));
}

TEST_F(PositionWaitersTest, WhoCancelsFreesAPlace) {
  bool called = false;
  const auto ticket =
      waiters_->Await(11, absl::InfiniteFuture(), [&](const absl::Status&) { called = true; });
  Await(11);
  Await(11);
  EXPECT_TRUE(Await(11).came.HasBeenNotified()) << "three wait";
  EXPECT_TRUE(waiters_->Cancel(ticket));
  Answer& next = Await(11);
  EXPECT_FALSE(next.came.HasBeenNotified()) << next.status;
  waiters_->Advance(11);
  EXPECT_FALSE(called);
  EXPECT_THAT(next.status, IsOk());
  EXPECT_EQ(waiters_->Await(11, absl::InfiniteFuture(), [](const absl::Status&) {}), 0)
      << "answered at once";
}

TEST_F(PositionWaitersTest, WhoCancelsWhileThePositionComesIsEitherCalledOrNot) {
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

TEST_F(PositionWaitersTest, WhereNothingIsAppliedAnyMoreNobodyWaitsForNews) {
  bool called = false;
  EXPECT_NE(
      waiters_->AwaitNews(11, absl::InfiniteFuture(), [&](const absl::Status&) { called = true; }),
      0);
  Answer& counted = Await(11);
  waiters_->StopNews();
  EXPECT_TRUE(called);
  EXPECT_EQ(waiters_->AwaitNews(11, absl::InfiniteFuture(), [](const absl::Status&) {}), 0);
  EXPECT_FALSE(counted.came.HasBeenNotified()) << "it has its own deadline";
  Notification time;
  EXPECT_NE(waiters_->AwaitTime(clock_.Now(), [&](const absl::Status&) { time.Notify(); }), 0);
  time.WaitForNotification();
}

TEST_F(PositionWaitersTest, ManyThreadsAreAnsweredOnceEach) {
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
