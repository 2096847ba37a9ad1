// Rate limit for writing a store's tables to disk: twice the rate of the incoming
// writes.
//
// Writing 64 MiB at once stalls the next sync of a write-ahead log on the same disk
// for 20 to 100 ms. At twice the incoming rate, flushes keep up and a sync waits for
// only a few MiB.
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
  // In bytes per second. A store starts with kMax: at startup it flushes what is in its
  // log before it serves.
  static constexpr int64_t kMin = int64_t{80} << 20;
  static constexpr int64_t kMax = int64_t{1} << 30;
  static constexpr uint64_t kWindowUs = 100'000;

  // Records a write of `bytes` at `now_us` of a monotonic clock. Returns the new rate at
  // the end of a window.
  absl::optional<int64_t> RecordWrite(size_t bytes, uint64_t now_us) {
    bytes_ += bytes;
    if (since_us_ == 0) since_us_ = now_us;
    const uint64_t elapsed_us = now_us - since_us_;
    if (elapsed_us < kWindowUs) return absl::nullopt;
    const double bytes_per_second =
        static_cast<double>(bytes_) * 1e6 / static_cast<double>(elapsed_us);
    since_us_ = now_us;
    bytes_ = 0;
    return static_cast<int64_t>(
        std::clamp(2 * bytes_per_second, static_cast<double>(kMin), static_cast<double>(kMax)));
  }

 private:
  uint64_t since_us_ = 0;  // start of the window; 0: none yet
  uint64_t bytes_ = 0;     // written in the window
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_FLUSH_PACE_H_
