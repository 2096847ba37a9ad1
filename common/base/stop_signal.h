// What ends a thread that works from time to time: it waits for the next time,
// or for the signal, whichever comes first.
//
// Thread-safety: all methods may be called from any thread.
#ifndef COMMON_BASE_STOP_SIGNAL_H_
#define COMMON_BASE_STOP_SIGNAL_H_

#include <condition_variable>
#include <mutex>

#include "absl/time/time.h"

namespace repatriation {

class StopSignal {
 public:
  // Ends all waits, those under way and later ones. Does not block.
  void Give() {
    {
      const std::lock_guard lock(mutex_);
      given_ = true;
    }
    changed_.notify_all();
  }

  // Blocks for `duration`, or until the signal. True if it was given.
  bool AwaitFor(absl::Duration duration) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, absl::ToChronoNanoseconds(duration), [this] { return given_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool given_ = false;  // guarded by mutex_
};

}  // namespace repatriation

#endif  // COMMON_BASE_STOP_SIGNAL_H_
