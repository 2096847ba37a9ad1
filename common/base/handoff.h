// Hands values from one thread to another in order, a few at a time on the
// way: for work that goes through two stages.
//
// Thread-safety: Push() and Finish() belong to one thread, Pop() and Close() to
// another.
#ifndef COMMON_BASE_HANDOFF_H_
#define COMMON_BASE_HANDOFF_H_

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "absl/types/optional.h"

namespace repatriation {

template <typename T>
class Handoff {
 public:
  // At most `values_max` wait to be taken.
  explicit Handoff(size_t values_max) : values_max_(values_max) {}

  // Blocks while too many wait. False after Close(): nobody will take it.
  [[nodiscard]] bool Push(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return values_.size() < values_max_ || closed_; });
    if (closed_) return false;
    values_.push_back(std::move(value));
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  // No more values will come.
  void Finish() {
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    changed_.notify_all();
  }

  // Blocks until there is a value; nullopt after the last one.
  absl::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !values_.empty() || finished_; });
    if (values_.empty()) return absl::nullopt;
    absl::optional<T> value = std::move(values_.front());
    values_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return value;
  }

  // Takes no more.
  void Close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  const size_t values_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;  // guarded by mutex_, as are:
  bool finished_ = false;
  bool closed_ = false;
};

}  // namespace repatriation

#endif  // COMMON_BASE_HANDOFF_H_
