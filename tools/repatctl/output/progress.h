// The progress of an import on a terminal, as one line that is drawn over and
// over, with messages above it. Silent where the output is no terminal, but
// for the messages.
#ifndef TOOLS_REPATCTL_OUTPUT_PROGRESS_H_
#define TOOLS_REPATCTL_OUTPUT_PROGRESS_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"

namespace repatriation {

// Thread-compatible.
class ProgressLine {
 public:
  // `output` and `clock` must outlive this. `bytes_total` 0: not known, so no
  // bar is drawn, only the number of rows, or whatever `unit` says.
  ProgressLine(std::ostream& output, bool is_terminal, int64_t bytes_total, const Clock& clock,
               absl::string_view unit = "rows");
  // Clears the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Says how far the work is; draws at most ten times a second.
  void Update(int64_t rows, int64_t bytes);

  // Writes a line of its own, also where the output is no terminal.
  void Print(absl::string_view message);

 private:
  void Clear();

  std::ostream& output_;
  const bool is_terminal_;
  const int64_t bytes_total_;
  const Clock& clock_;
  const std::string unit_;
  bool drawn_ = false;
  absl::Time drawn_at_ = absl::InfinitePast();
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_PROGRESS_H_
