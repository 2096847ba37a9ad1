// A progress line on a terminal that is redrawn in place, with messages above it.
// If the output is not a terminal, only the messages are printed.
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
  // `output` and `clock` must outlive this. `bytes_total` 0: unknown, so only the
  // number of rows is shown, without a bar. `unit` is what rows are called.
  ProgressLine(std::ostream& output, bool is_terminal, int64_t bytes_total, const Clock& clock,
               absl::string_view unit = "rows");
  // Clears the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Reports the progress; draws at most ten times a second.
  void Update(int64_t rows, int64_t bytes);

  // Prints a message on its own line, also if the output is not a terminal.
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
