#include "tools/repatctl/output/progress.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/repatctl/output/chart.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

constexpr int kBarColumns = 30;
constexpr absl::Duration kDrawInterval = absl::Milliseconds(100);
// Back to the first column, then erase to the end of the line (ECMA-48 EL).
constexpr char kEraseLine[] = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine(std::ostream& output, bool is_terminal, int64_t bytes_total,
                           const Clock& clock, absl::string_view unit)
    : output_(output),
      is_terminal_(is_terminal),
      bytes_total_(bytes_total),
      clock_(clock),
      unit_(unit) {}

ProgressLine::~ProgressLine() { Clear(); }

void ProgressLine::Update(int64_t rows, int64_t bytes) {
  if (!is_terminal_) return;
  const absl::Time now = clock_.Now();
  if (now - drawn_at_ < kDrawInterval) return;
  std::string line = absl::StrCat(WithThousands(rows), " ", unit_);
  if (bytes_total_ > 0) {
    bytes = std::min(bytes, bytes_total_);
    const std::string bar = Bar(bytes, bytes_total_, kBarColumns);
    const auto rest = static_cast<size_t>(kBarColumns - DisplayWidth(bar));
    line = absl::StrFormat("▕%s%s▏ %3.0f%%  %s", bar, std::string(rest, ' '),
                           100.0 * static_cast<double>(bytes) / static_cast<double>(bytes_total_),
                           line);
  }
  output_ << kEraseLine << line << std::flush;
  drawn_ = true;
  drawn_at_ = now;
}

void ProgressLine::Print(absl::string_view message) {
  Clear();
  output_ << std::string(message) << "\n";
}

void ProgressLine::Clear() {
  if (drawn_) output_ << kEraseLine << std::flush;
  drawn_ = false;
  // The next Update() redraws the line.
  drawn_at_ = absl::InfinitePast();
}

}  // namespace repatriation
