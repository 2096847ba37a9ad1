#include "common/base/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace repatriation {
namespace {

// Blocks the threads of an executor until it is opened.
class Gate {
 public:
  void Open() { opened_.set_value(); }
  // A task that signals that it runs, then waits for Open().
  Executor::Task Task() {
    return [this, future = future_] {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        ++waiting_;
      }
      changed_.notify_all();
      future.wait();
    };
  }
  void AwaitWaiting(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ == count; });
  }

 private:
  std::promise<void> opened_;
  std::shared_future<void> future_{opened_.get_future()};
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
};

TEST(ExecutorTest, RunsEveryTaskOnce) {
  constexpr int kTasks = 1000;
  std::vector<std::atomic<int>> runs(kTasks);
  Executor executor("test", 4, kTasks);
  for (int i = 0; i < kTasks; ++i) {
    ASSERT_TRUE(executor.TrySubmit([&runs, i] { ++runs[i]; })) << i;
  }
  executor.Shutdown();
  for (int i = 0; i < kTasks; ++i) EXPECT_EQ(runs[i], 1) << i;
}

TEST(ExecutorTest, OneThreadKeepsTheOrder) {
  std::vector<int> order;
  Executor executor("test", 1, 100);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(executor.TrySubmit([&order, i] { order.push_back(i); }));
  }
  executor.Shutdown();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

TEST(ExecutorTest, AllThreadsWorkAtOnce) {
  Gate gate;
  Executor executor("test", 3, 0);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(executor.TrySubmit(gate.Task()));
  gate.AwaitWaiting(3);
  gate.Open();
}

TEST(ExecutorTest, RejectsTasksBeyondThreadsAndQueue) {
  Gate gate;
  Executor executor("test", 2, 3);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(executor.TrySubmit(gate.Task())) << i;
  EXPECT_FALSE(executor.TrySubmit([] {}));
  gate.AwaitWaiting(2);
  // Also once two of them run: a running task keeps its slot.
  EXPECT_FALSE(executor.TrySubmit([] {}));
  gate.Open();
}

TEST(ExecutorTest, FinishedTaskFreesItsSlot) {
  Executor executor("test", 1, 0);
  for (int i = 0; i < 100; ++i) {
    std::promise<void> ran;
    // The slot is freed a moment after the task has run.
    while (!executor.TrySubmit([&ran] { ran.set_value(); })) std::this_thread::yield();
    ran.get_future().wait();
  }
}

TEST(ExecutorTest, RejectedTaskIsDestroyed) {
  Gate gate;
  Executor executor("test", 1, 0);
  ASSERT_TRUE(executor.TrySubmit(gate.Task()));
  auto held = std::make_shared<int>(0);
  EXPECT_FALSE(executor.TrySubmit([held] { ++*held; }));
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
  gate.Open();
}

TEST(ExecutorTest, ShutdownRunsQueuedTasksAndRejectsNewOnes) {
  Gate gate;
  std::atomic<int> ran = 0;
  Executor executor("test", 1, 10);
  ASSERT_TRUE(executor.TrySubmit(gate.Task()));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(executor.TrySubmit([&ran] { ++ran; }));
  gate.AwaitWaiting(1);
  std::thread first([&] { executor.Shutdown(); });
  std::thread second([&] { executor.Shutdown(); });
  gate.Open();
  first.join();
  EXPECT_EQ(ran, 10);
  second.join();
  executor.Shutdown();
  EXPECT_FALSE(executor.TrySubmit([&ran] { ++ran; }));
  EXPECT_EQ(ran, 10);
}

TEST(ExecutorTest, DestructorRunsQueuedTasks) {
  std::atomic<int> ran = 0;
  {
    Executor executor("a name longer than fifteen bytes", 2, 100);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(executor.TrySubmit([&ran] { ++ran; }));
  }
  EXPECT_EQ(ran, 100);
}

TEST(ExecutorTest, TaskMaySubmit) {
  std::promise<bool> inner;
  Executor executor("test", 1, 1);
  ASSERT_TRUE(executor.TrySubmit([&] {
    if (!executor.TrySubmit([&inner] { inner.set_value(true); })) inner.set_value(false);
  }));
  EXPECT_TRUE(inner.get_future().get());
}

TEST(ExecutorTest, TaskMayBeMoveOnly) {
  std::promise<int> result;
  Executor executor("test", 1, 1);
  auto value = std::make_unique<int>(7);
  ASSERT_TRUE(
      executor.TrySubmit([&result, value = std::move(value)] { result.set_value(*value); }));
  EXPECT_EQ(result.get_future().get(), 7);
}

TEST(ExecutorTest, ManySubmittersRace) {
  std::atomic<int> accepted = 0;
  std::atomic<int> ran = 0;
  {
    Executor executor("test", 2, 8);
    std::vector<std::thread> submitters;
    for (int s = 0; s < 4; ++s) {
      submitters.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) accepted += executor.TrySubmit([&ran] { ++ran; });
      });
    }
    for (std::thread& submitter : submitters) submitter.join();
  }
  EXPECT_EQ(ran, accepted);
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace repatriation
