// Retries with backoff.
#ifndef TOOLS_REPATCTL_CLIENT_RETRY_H_
#define TOOLS_REPATCTL_CLIENT_RETRY_H_

#include <functional>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/base/clock.h"

namespace repatriation {

// True for errors worth retrying: UNAVAILABLE, RESOURCE_EXHAUSTED,
// DEADLINE_EXCEEDED, and CANCELLED and ABORTED, with which a server or proxy ends
// its streams when it shuts down. Pure.
bool IsTransient(const absl::Status& status);

// What a retry needs; tests replace it.
struct RetryEnvironment {
  const Clock& clock;
  std::function<void(absl::Duration)> sleep;
  absl::BitGenRef random;
};

// Exponential backoff with full jitter
// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), for
// at most `patience` without progress. Thread-compatible.
class Retry {
 public:
  // What `environment` refers to must outlive this.
  Retry(absl::Duration patience, RetryEnvironment environment)
      : patience_(patience), environment_(std::move(environment)) {}

  // Call after a success: resets patience and delays.
  void Progress();

  // Blocks until the next attempt, at least for the delay of a RetryInfo in
  // `failure`, and returns OK. Returns the failure at once if it is not transient, or,
  // annotated with `patience`, if that has run out.
  absl::Status WaitAfter(const absl::Status& failure);

 private:
  const absl::Duration patience_;
  RetryEnvironment environment_;
  int failures_ = 0;
  absl::optional<absl::Time> failing_since_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_RETRY_H_
