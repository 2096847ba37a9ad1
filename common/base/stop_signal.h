// Stops a thread that works periodically: it sleeps until its next period or
// until the stop request, whichever comes first.
//
// Thread-safety: all methods may be called from any thread.
#ifndef COMMON_BASE_STOP_SIGNAL_H_
#define COMMON_BASE_STOP_SIGNAL_H_

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"

namespace repatriation {

class StopSignal {
 public:
  // Ends all current and future waits. Does not block.
  void RequestStop() {
    {
      const MutexLock lock(mutex_);
      requested_ = true;
    }
    changed_.NotifyAll();
  }

  // Blocks for `duration` or until RequestStop(). True if stop was requested.
  bool WaitFor(absl::Duration duration) {
    MutexLock lock(mutex_);
    return changed_.WaitFor(lock, duration,
                            [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return requested_; });
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool requested_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace repatriation

#endif  // COMMON_BASE_STOP_SIGNAL_H_
