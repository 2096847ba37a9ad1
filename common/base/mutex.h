// Locks that Clang's -Wthread-safety can check: thin wrappers over std::mutex,
// std::shared_mutex and std::condition_variable with Abseil's annotations.
//
// Not absl::Mutex: the packaged Abseil is built without ThreadSanitizer, which
// then reports races where there are none. A std::mutex stays visible to it.
// Source of the idea: LevelDB's port/port_stdcxx.h.
//
//   Mutex mutex_;
//   CondVar changed_;
//   int queued_ ABSL_GUARDED_BY(mutex_) = 0;
//
//   MutexLock lock(mutex_);
//   while (queued_ == 0) changed_.Wait(lock);
//
// Thread-safety: all classes but the scoped locks may be used from any thread; a
// scoped lock belongs to the thread that made it.
#ifndef COMMON_BASE_MUTEX_H_
#define COMMON_BASE_MUTEX_H_

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace repatriation {

// Not recursive: a thread that locks it twice deadlocks.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  // False, at once, if another thread holds it.
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) { return mutex_.try_lock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a Mutex while it lives, except between Unlock() and Lock().
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() ABSL_UNLOCK_FUNCTION() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // REQUIRES: locked.
  void Unlock() ABSL_UNLOCK_FUNCTION() { lock_.unlock(); }
  // REQUIRES: not locked.
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { lock_.lock(); }

 private:
  friend class CondVar;
  std::unique_lock<std::mutex> lock_;
};

// Wait in a loop around the condition, since it may wake up without a notification.
class CondVar {
 public:
  CondVar() = default;
  CondVar(const CondVar&) = delete;
  CondVar& operator=(const CondVar&) = delete;

  // Releases the lock, blocks until notified, and locks again. REQUIRES: locked.
  void Wait(MutexLock& lock) { changed_.wait(lock.lock_); }

  // The same for at most `timeout`; false if it ran out first.
  bool WaitFor(MutexLock& lock, absl::Duration timeout) {
    return changed_.wait_for(lock.lock_, Bounded(timeout)) == std::cv_status::no_timeout;
  }

  // Blocks until `condition()`, at most `timeout`, and returns what it is then. The
  // condition says which lock it needs, as the analysis does not see that it is held:
  //   [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return queued_ > 0; }
  template <typename Condition>
  bool WaitFor(MutexLock& lock, absl::Duration timeout, Condition condition) {
    return changed_.wait_for(lock.lock_, Bounded(timeout), std::move(condition));
  }

  void NotifyOne() { changed_.notify_one(); }
  void NotifyAll() { changed_.notify_all(); }

 private:
  // At most a year: the time at which an infinite wait ends would overflow.
  static std::chrono::nanoseconds Bounded(absl::Duration timeout) {
    constexpr absl::Duration kYear = absl::Hours(24 * 365);
    return absl::ToChronoNanoseconds(std::clamp(timeout, absl::ZeroDuration(), kYear));
  }

  std::condition_variable changed_;
};

// Any number of readers, or one writer.
class ABSL_LOCKABLE SharedMutex {
 public:
  SharedMutex() = default;
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  void LockShared() ABSL_SHARED_LOCK_FUNCTION() { mutex_.lock_shared(); }
  void UnlockShared() ABSL_UNLOCK_FUNCTION() { mutex_.unlock_shared(); }

 private:
  std::shared_mutex mutex_;
};

// Holds a SharedMutex as its writer while it lives.
class ABSL_SCOPED_LOCKABLE WriterLock {
 public:
  explicit WriterLock(SharedMutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~WriterLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  SharedMutex& mutex_;
};

// Holds a SharedMutex as one of its readers while it lives.
class ABSL_SCOPED_LOCKABLE ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex) ABSL_SHARED_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.LockShared();
  }
  ~ReaderLock() ABSL_UNLOCK_FUNCTION() { mutex_.UnlockShared(); }
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  SharedMutex& mutex_;
};

}  // namespace repatriation

#endif  // COMMON_BASE_MUTEX_H_
