#include "tools/repatctl/client/retry.h"

#include <algorithm>

#include "absl/random/uniform_real_distribution.h"
#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/rpc/status.h"

namespace repatriation {
namespace {

constexpr absl::Duration kFirstDelayMax = absl::Milliseconds(100);
constexpr absl::Duration kDelayMax = absl::Seconds(10);

}  // namespace

bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
      return true;
    default:
      return false;
  }
}

void Retry::Progress() {
  failures_ = 0;
  failing_since_.reset();
}

absl::Status Retry::WaitAfter(const absl::Status& failure) {
  if (!IsTransient(failure)) return failure;
  const absl::Time now = environment_.clock.Now();
  if (!failing_since_.has_value()) failing_since_ = now;
  const absl::Duration left = patience_ - (now - *failing_since_);
  if (left <= absl::ZeroDuration()) {
    return Annotate(failure, absl::StrCat("no progress for ", absl::FormatDuration(patience_)));
  }
  // 2^7 times the first delay exceeds kDelayMax.
  const absl::Duration delay_max =
      std::min(kDelayMax, kFirstDelayMax * (1 << std::min(failures_, 7)));
  ++failures_;
  const double share = absl::uniform_real_distribution<double>()(environment_.random);
  environment_.sleep(std::min(left, RetryDelayOf(failure) + delay_max * share));
  return absl::OkStatus();
}

}  // namespace repatriation
