// Bounded FIFO queue between two pipeline stages on two threads.
//
// Thread-safety: Push() and Finish() belong to the producer thread, Pop() and
// Close() to the consumer thread.
#ifndef COMMON_BASE_BOUNDED_QUEUE_H_
#define COMMON_BASE_BOUNDED_QUEUE_H_

#include <cstddef>
#include <deque>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/types/optional.h"
#include "common/base/mutex.h"

namespace repatriation {

template <typename T>
class BoundedQueue {
 public:
  // At most `values_max` values are queued.
  explicit BoundedQueue(size_t values_max) : values_max_(values_max) {}

  // Blocks while the queue is full. False after Close(): the value is dropped.
  [[nodiscard]] bool Push(T value) {
    MutexLock lock(mutex_);
    while (values_.size() >= values_max_ && !closed_) changed_.Wait(lock);
    if (closed_) return false;
    values_.push_back(std::move(value));
    lock.Unlock();
    changed_.NotifyAll();
    return true;
  }

  // The producer's end: no more values will be pushed.
  void Finish() {
    {
      const MutexLock lock(mutex_);
      finished_ = true;
    }
    changed_.NotifyAll();
  }

  // Blocks while the queue is empty; nullopt after the last value.
  absl::optional<T> Pop() {
    MutexLock lock(mutex_);
    while (values_.empty() && !finished_) changed_.Wait(lock);
    if (values_.empty()) return absl::nullopt;
    absl::optional<T> value = std::move(values_.front());
    values_.pop_front();
    lock.Unlock();
    changed_.NotifyAll();
    return value;
  }

  // The consumer's end: a blocked Push(), and every later one, returns false.
  void Close() {
    {
      const MutexLock lock(mutex_);
      closed_ = true;
    }
    changed_.NotifyAll();
  }

 private:
  const size_t values_max_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<T> values_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace repatriation

#endif  // COMMON_BASE_BOUNDED_QUEUE_H_
