// Limit on the calls (or streams) that are in progress at once, and the count
// that a shutdown waits for. gRPC itself keeps neither.
//
// Thread-safety: all methods may be called from any thread. The object
// outlives its tickets.
#ifndef COMMON_RPC_ADMISSION_H_
#define COMMON_RPC_ADMISSION_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace repatriation {

class CallAdmission {
 public:
  // The place of one call, given back on destruction. Keep it until the call
  // is over for gRPC too (OnDone), so that AwaitIdle() means what it says.
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

  // Admits up to `calls_max` at once (raising it costs the memory of their
  // requests). `flag` names the limit to those who are refused ("--calls_max"),
  // and they are told to come back after `retry_delay`.
  CallAdmission(absl::string_view flag, int calls_max, absl::Duration retry_delay);
  CallAdmission(const CallAdmission&) = delete;
  CallAdmission& operator=(const CallAdmission&) = delete;

  // A place, or RESOURCE_EXHAUSTED (with RetryInfo) at the limit, or
  // UNAVAILABLE (reason DRAINING) after Drain(). Does not block.
  absl::StatusOr<Ticket> Admit();

  // Refuses every later call; those in progress go on. Does not block.
  void Drain();
  bool draining() const;

  // Blocks until no call is in progress, at most `timeout`. True if there is
  // none. Without Drain() before it, new ones may come at once.
  bool AwaitIdle(absl::Duration timeout);

  int in_progress() const;

 private:
  void Release();

  const std::string flag_;
  const int calls_max_;
  const absl::Duration retry_delay_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  int in_progress_ = 0;    // Guarded by mutex_.
  bool draining_ = false;  // Guarded by mutex_.
};

}  // namespace repatriation

#endif  // COMMON_RPC_ADMISSION_H_
