// A clock that changes only when a test sets it.
//
// Thread-safety: all methods may be called from any thread.
#ifndef TESTS_COMMON_TESTING_FAKE_CLOCK_H_
#define TESTS_COMMON_TESTING_FAKE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "common/base/clock.h"

namespace repatriation {

class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now) { Set(now); }

  absl::Time Now() const override { return absl::FromUnixMicros(now_us_.load()); }
  void Set(absl::Time now) { now_us_ = absl::ToUnixMicros(now); }
  void Advance(absl::Duration by) { Set(Now() + by); }

 private:
  std::atomic<int64_t> now_us_{0};
};

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_FAKE_CLOCK_H_
