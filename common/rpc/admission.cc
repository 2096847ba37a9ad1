#include "common/rpc/admission.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"

namespace repatriation {

CallAdmission::CallAdmission(absl::string_view flag, int calls_max, absl::Duration retry_delay)
    : flag_(flag), calls_max_(calls_max), retry_delay_(retry_delay) {}

absl::StatusOr<CallAdmission::Ticket> CallAdmission::Admit() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!draining_ && in_progress_ < calls_max_) {
      ++in_progress_;
      return Ticket(this);
    }
    if (draining_) return WithReason(absl::UnavailableError("the service is draining"), "DRAINING");
  }
  return Exhausted(absl::StrCat("the limit of ", calls_max_, " at once is reached (flag `", flag_,
                                "`); try again later"),
                   retry_delay_);
}

void CallAdmission::Drain() {
  const std::lock_guard<std::mutex> lock(mutex_);
  draining_ = true;
}

bool CallAdmission::draining() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return draining_;
}

bool CallAdmission::AwaitIdle(absl::Duration timeout) {
  // An infinite wait would overflow the clock inside wait_for().
  const auto wait = absl::ToChronoNanoseconds(std::min(timeout, absl::Hours(24 * 365)));
  std::unique_lock<std::mutex> lock(mutex_);
  return idle_.wait_for(lock, wait, [this] { return in_progress_ == 0; });
}

int CallAdmission::in_progress() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return in_progress_;
}

void CallAdmission::Release() {
  // Notified under the lock: once it is free, the waiter may destroy this.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (--in_progress_ == 0) idle_.notify_all();
}

}  // namespace repatriation
