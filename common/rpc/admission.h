// Limit on concurrent calls (or streams), and the count that a shutdown waits for.
// gRPC itself has neither.
//
// Thread-safety: all methods may be called from any thread. The object
// outlives its tickets.
#ifndef COMMON_RPC_ADMISSION_H_
#define COMMON_RPC_ADMISSION_H_

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"

namespace repatriation {

class CallAdmission {
 public:
  // The slot of one call, released on destruction. Keep it until gRPC is done with the
  // call too (OnDone), so that AwaitIdle() is reliable.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept : admission_(std::exchange(other.admission_, nullptr)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(admission_, other.admission_);
      return *this;
    }
    ~Ticket() {
      if (admission_ != nullptr) admission_->Release();
    }

   private:
    friend class CallAdmission;
    explicit Ticket(CallAdmission* admission) : admission_(admission) {}

    CallAdmission* admission_;
  };

  // Admits up to `calls_max` calls at once (raising it costs the memory of their
  // requests). Rejected calls get the name of the limit, `flag` ("--calls_max"), and
  // `retry_delay`.
  CallAdmission(absl::string_view flag, int calls_max, absl::Duration retry_delay);
  CallAdmission(const CallAdmission&) = delete;
  CallAdmission& operator=(const CallAdmission&) = delete;

  // A slot, or RESOURCE_EXHAUSTED (with RetryInfo) at the limit, or UNAVAILABLE (reason
  // DRAINING) after Drain(). Does not block.
  absl::StatusOr<Ticket> Admit();

  // Rejects all later calls; those in progress continue. Does not block.
  void Drain();
  bool draining() const;

  // Blocks until no call is in progress, at most `timeout`. True if there is none.
  // Without a Drain() before, new calls may be admitted at any time.
  bool AwaitIdle(absl::Duration timeout);

  int in_progress() const;

 private:
  void Release();

  const std::string flag_;
  const int calls_max_;
  const absl::Duration retry_delay_;

  mutable Mutex mutex_;
  CondVar idle_;
  int in_progress_ ABSL_GUARDED_BY(mutex_) = 0;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace repatriation

#endif  // COMMON_RPC_ADMISSION_H_
