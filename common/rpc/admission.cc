#include "common/rpc/admission.h"

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"

namespace repatriation {

CallAdmission::CallAdmission(absl::string_view flag, int calls_max, absl::Duration retry_delay)
    : flag_(flag), calls_max_(calls_max), retry_delay_(retry_delay) {}

absl::StatusOr<CallAdmission::Ticket> CallAdmission::Admit() {
  {
    const MutexLock lock(mutex_);
    if (!draining_ && in_progress_ < calls_max_) {
      ++in_progress_;
      return Ticket(this);
    }
    if (draining_) return WithReason(absl::UnavailableError("the service is draining"), "DRAINING");
  }
  return Exhausted(
      absl::StrCat("concurrency limit of ", calls_max_, " reached (flag `", flag_, "`)"),
      retry_delay_);
}

void CallAdmission::Drain() {
  const MutexLock lock(mutex_);
  draining_ = true;
}

bool CallAdmission::draining() const {
  const MutexLock lock(mutex_);
  return draining_;
}

bool CallAdmission::AwaitIdle(absl::Duration timeout) {
  MutexLock lock(mutex_);
  return idle_.WaitFor(
      lock, timeout, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return in_progress_ == 0; });
}

int CallAdmission::in_progress() const {
  const MutexLock lock(mutex_);
  return in_progress_;
}

void CallAdmission::Release() {
  // Notifies with the lock held: once it is released, the waiter may destroy this.
  const MutexLock lock(mutex_);
  if (--in_progress_ == 0) idle_.NotifyAll();
}

}  // namespace repatriation
