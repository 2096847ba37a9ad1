// How fast a store writes its tables to the disk: in step with what comes in.
//
// Sixty-four megabytes handed to the disk in one go hold up the next sync of a log
// on the same disk for 20 to 100 ms. Written at twice the pace at which they came
// they are out in time, and a sync waits for a few of them only.
//
// Thread-safety: as a plain value.
#ifndef COMMON_STORAGE_FLUSH_PACE_H_
#define COMMON_STORAGE_FLUSH_PACE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/types/optional.h"

namespace repatriation {

class FlushPace {
 public:
  // In bytes a second. A store begins with the highest: what it finds in its log at
  // a start it writes out before it serves.
  static constexpr int64_t kMin = int64_t{80} << 20;
  static constexpr int64_t kMax = int64_t{1} << 30;
  static constexpr uint64_t kWindowUs = 100'000;

  // Takes note of `bytes` that came in, at `now_us` of a clock that does not go back;
  // at the end of a window the pace from now on.
  absl::optional<int64_t> Wrote(size_t bytes, uint64_t now_us) {
    bytes_ += bytes;
    if (since_us_ == 0) since_us_ = now_us;
    const uint64_t elapsed_us = now_us - since_us_;
    if (elapsed_us < kWindowUs) return absl::nullopt;
    const double bytes_a_second =
        static_cast<double>(bytes_) * 1e6 / static_cast<double>(elapsed_us);
    since_us_ = now_us;
    bytes_ = 0;
    return static_cast<int64_t>(
        std::clamp(2 * bytes_a_second, static_cast<double>(kMin), static_cast<double>(kMax)));
  }

 private:
  uint64_t since_us_ = 0;  // when the window began; 0: not yet
  uint64_t bytes_ = 0;     // since then
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_FLUSH_PACE_H_
