#include "common/base/mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace repatriation {
namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 10'000;

template <typename Work>
void RunOnThreads(int threads, Work work) {
  std::vector<std::thread> running;
  running.reserve(threads);
  for (int i = 0; i < threads; ++i) running.emplace_back(work);
  for (std::thread& thread : running) thread.join();
}

struct Counter {
  Mutex mutex;
  int count ABSL_GUARDED_BY(mutex) = 0;
};

struct SharedCounter {
  SharedMutex mutex;
  int count ABSL_GUARDED_BY(mutex) = 0;
};

// A lamp that another thread switches on.
struct Lamp {
  Mutex mutex;
  CondVar changed;
  bool on ABSL_GUARDED_BY(mutex) = false;

  void SwitchOn() {
    {
      const MutexLock lock(mutex);
      on = true;
    }
    changed.NotifyAll();
  }
};

TEST(MutexTest, OneThreadAtATime) {
  Counter counter;
  RunOnThreads(kThreads, [&] {
    for (int i = 0; i < kRounds; ++i) {
      const MutexLock lock(counter.mutex);
      ++counter.count;
    }
  });
  const MutexLock lock(counter.mutex);
  EXPECT_EQ(counter.count, kThreads * kRounds);
}

TEST(MutexTest, TryLockFailsWhileAnotherThreadHoldsIt) {
  Mutex mutex;
  {
    const MutexLock lock(mutex);
    std::thread([&] {
      const bool locked = mutex.TryLock();
      EXPECT_FALSE(locked);
      if (locked) mutex.Unlock();
    }).join();
  }
  const bool locked = mutex.TryLock();
  EXPECT_TRUE(locked);
  if (locked) mutex.Unlock();
}

TEST(MutexTest, AScopedLockCanBeReleasedEarly) {
  Counter counter;
  MutexLock lock(counter.mutex);
  lock.Unlock();
  // Would deadlock if the lock were still held.
  std::thread([&] {
    const MutexLock other(counter.mutex);
    ++counter.count;
  }).join();
  lock.Lock();
  EXPECT_EQ(counter.count, 1);
}

TEST(CondVarTest, WaitReleasesTheLockUntilNotified) {
  Lamp lamp;
  std::thread switching;
  {
    MutexLock lock(lamp.mutex);
    switching = std::thread([&] { lamp.SwitchOn(); });
    while (!lamp.on) lamp.changed.Wait(lock);
    EXPECT_TRUE(lamp.on);
  }
  switching.join();
}

TEST(CondVarTest, WaitForEndsAtItsTimeout) {
  Lamp lamp;
  MutexLock lock(lamp.mutex);
  // A wait may also end early without a notification, but not every time.
  bool timed_out = false;
  for (int i = 0; i < 1000 && !timed_out; ++i) {
    timed_out = !lamp.changed.WaitFor(lock, absl::Milliseconds(1));
  }
  EXPECT_TRUE(timed_out);
  EXPECT_FALSE(lamp.changed.WaitFor(lock, -absl::InfiniteDuration()));
}

TEST(CondVarTest, WaitForReturnsTheCondition) {
  Lamp lamp;
  MutexLock lock(lamp.mutex);
  const auto is_on = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lamp.mutex) { return lamp.on; };
  EXPECT_FALSE(lamp.changed.WaitFor(lock, absl::Milliseconds(1), is_on));
  lamp.on = true;
  EXPECT_TRUE(lamp.changed.WaitFor(lock, absl::ZeroDuration(), is_on));
}

// A deadline that the clock cannot represent must not turn into one in the past.
TEST(CondVarTest, WaitForAnInfiniteTimeEndsWhenNotified) {
  Lamp lamp;
  std::thread switching;
  {
    MutexLock lock(lamp.mutex);
    switching = std::thread([&] { lamp.SwitchOn(); });
    EXPECT_TRUE(
        lamp.changed.WaitFor(lock, absl::InfiniteDuration(),
                             [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lamp.mutex) { return lamp.on; }));
  }
  switching.join();
}

TEST(SharedMutexTest, ReadersShareIt) {
  SharedCounter counter;
  const ReaderLock lock(counter.mutex);
  // Would deadlock if readers excluded each other.
  std::thread([&] {
    const ReaderLock other(counter.mutex);
    EXPECT_EQ(counter.count, 0);
  }).join();
}

TEST(SharedMutexTest, WritersExcludeEverybody) {
  SharedCounter counter;
  RunOnThreads(kThreads, [&] {
    for (int i = 0; i < kRounds; ++i) {
      if (i % 2 == 0) {
        const WriterLock lock(counter.mutex);
        ++counter.count;
      } else {
        const ReaderLock lock(counter.mutex);
        EXPECT_GT(counter.count, 0);
      }
    }
  });
  const ReaderLock lock(counter.mutex);
  EXPECT_EQ(counter.count, kThreads * kRounds / 2);
}

}  // namespace
}  // namespace repatriation
