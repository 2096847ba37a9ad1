// A one-time event. Not absl::Notification: the packaged Abseil is built without
// ThreadSanitizer, which then reports false races.
//
// Thread-safety: all methods may be called from any thread.
#ifndef TESTS_COMMON_TESTING_NOTIFICATION_H_
#define TESTS_COMMON_TESTING_NOTIFICATION_H_

#include <condition_variable>
#include <cstdlib>
#include <mutex>

namespace repatriation {

class Notification {
 public:
  Notification() = default;
  Notification(const Notification&) = delete;
  Notification& operator=(const Notification&) = delete;

  // Aborts if called twice.
  void Notify() {
    const std::lock_guard lock(mutex_);
    if (notified_) std::abort();
    notified_ = true;
    changed_.notify_all();
  }

  bool HasBeenNotified() const {
    const std::lock_guard lock(mutex_);
    return notified_;
  }

  void WaitForNotification() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return notified_; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool notified_ = false;  // guarded by mutex_
};

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_NOTIFICATION_H_
