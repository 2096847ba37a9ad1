#include "tools/repatctl/output/chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace repatriation {

std::string Bar(int64_t value, int64_t value_max, int columns) {
  // From 1/8 to 7/8, U+258F to U+2589.
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (value <= 0 || columns <= 0) return "";
  // In floating point: the product of two large integers could overflow.
  const double share = static_cast<double>(value) / static_cast<double>(value_max);
  const int64_t eighths = std::clamp<int64_t>(std::llround(share * columns * 8), 1, columns * 8);
  std::string bar;
  for (int64_t i = 0; i < eighths / 8; ++i) absl::StrAppend(&bar, "█");
  return absl::StrCat(bar, kEighths[eighths % 8]);
}

}  // namespace repatriation
