// When to try again, and for how long.
#ifndef TOOLS_REPATCTL_CLIENT_RETRY_H_
#define TOOLS_REPATCTL_CLIENT_RETRY_H_

#include <functional>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/base/clock.h"

namespace repatriation {

// True for what may pass by itself: UNAVAILABLE, RESOURCE_EXHAUSTED,
// DEADLINE_EXCEEDED, and CANCELLED and ABORTED, with which a server or proxy
// that shuts down ends its streams. Pure.
bool IsTransient(const absl::Status& status);

// What retrying needs from outside.
struct RetryEnvironment {
  const Clock& clock;
  std::function<void(absl::Duration)> sleep;
  absl::BitGenRef random;
};

// Exponential backoff with full jitter
// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
// for as long as `patience` without progress. Thread-compatible.
class Retry {
 public:
  // What `environment` refers to must outlive this.
  Retry(absl::Duration patience, RetryEnvironment environment)
      : patience_(patience), environment_(std::move(environment)) {}

  // Call when something worked: patience and delays start anew.
  void Progress();

  // Blocks until it is time to try again, at least for the delay that a
  // RetryInfo in `failure` asks for, and returns OK. Returns the failure, with
  // how long was tried, if it is not transient or patience has run out.
  absl::Status WaitAfter(const absl::Status& failure);

 private:
  const absl::Duration patience_;
  RetryEnvironment environment_;
  int failures_ = 0;
  absl::optional<absl::Time> failing_since_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_RETRY_H_
