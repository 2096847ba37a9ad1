// The only place that reads the time, so that tests can set it.
//
// Thread-safety: Now() may be called from any thread.
#ifndef COMMON_BASE_CLOCK_H_
#define COMMON_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace repatriation {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time; may go back when the machine's clock is set.
  virtual absl::Time Now() const = 0;
};

// The machine's clock; lives for the whole process.
const Clock& SystemClock();

}  // namespace repatriation

#endif  // COMMON_BASE_CLOCK_H_
