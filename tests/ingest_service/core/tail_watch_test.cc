#include "ingest_service/core/tail_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace repatriation {
namespace {

TEST(TailWatchTest, CallsOnceWhenTheLedgerGrows) {
  TailWatch watch(5);
  int calls = 0;
  EXPECT_NE(watch.Await(5, [&] { ++calls; }), 0u);
  EXPECT_EQ(calls, 0);
  watch.Advance(6);
  EXPECT_EQ(calls, 1);
  watch.Advance(7);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(watch.tail(), 7);
}

TEST(TailWatchTest, ReturnsNoTicketIfTheTailIsAlreadyPast) {
  TailWatch watch(5);
  int calls = 0;
  EXPECT_EQ(watch.Await(4, [&] { ++calls; }), 0u);
  watch.Advance(6);
  EXPECT_EQ(calls, 0);
}

TEST(TailWatchTest, CallsAllWaiters) {
  TailWatch watch(0);
  std::vector<int> called(20);
  for (int& count : called) EXPECT_NE(watch.Await(0, [&count] { ++count; }), 0u);
  watch.Advance(1);
  EXPECT_EQ(called, std::vector<int>(20, 1));
}

TEST(TailWatchTest, DoesNotCallACancelledWaiter) {
  TailWatch watch(0);
  int kept = 0;
  int cancelled = 0;
  const auto keep = watch.Await(0, [&] { ++kept; });
  const auto cancel = watch.Await(0, [&] { ++cancelled; });
  EXPECT_NE(keep, cancel);
  EXPECT_TRUE(watch.Cancel(cancel));
  EXPECT_FALSE(watch.Cancel(cancel)) << "already cancelled";
  watch.Advance(1);
  EXPECT_EQ(kept, 1);
  EXPECT_EQ(cancelled, 0);
  EXPECT_FALSE(watch.Cancel(keep)) << "already called";
  EXPECT_FALSE(watch.Cancel(0)) << "0 is not a ticket";
}

TEST(TailWatchTest, CallbackMayAwaitAgain) {
  TailWatch watch(0);
  int calls = 0;
  ASSERT_NE(watch.Await(0,
                        [&] {
                          ++calls;
                          EXPECT_EQ(watch.Await(0, [&] { ++calls; }), 0u);
                          EXPECT_NE(watch.Await(1, [&] { ++calls; }), 0u);
                        }),
            0u);
  watch.Advance(1);
  EXPECT_EQ(calls, 1);
  watch.Advance(2);
  EXPECT_EQ(calls, 2);
}

TEST(TailWatchTest, LosesNoWaiterDuringAdvance) {
  constexpr int kThreads = 4;
  constexpr Position kLast = 2000;
  TailWatch watch(0);
  std::atomic<int> finished{0};
  std::vector<std::thread> followers;
  for (int i = 0; i < kThreads; ++i) {
    followers.emplace_back([&] {
      for (Position seen = 0; seen < kLast;) {
        std::mutex mutex;
        std::condition_variable changed;
        bool called = false;
        const auto ticket = watch.Await(seen, [&] {
          const std::lock_guard lock(mutex);
          called = true;
          changed.notify_one();
        });
        std::unique_lock lock(mutex);
        if (ticket != 0) changed.wait(lock, [&] { return called; });
        seen = watch.tail();
      }
      ++finished;
    });
  }
  for (Position tail = 1; tail <= kLast; ++tail) watch.Advance(tail);
  for (std::thread& follower : followers) follower.join();
  EXPECT_EQ(finished, kThreads);
}

}  // namespace
}  // namespace repatriation
