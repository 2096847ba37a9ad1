// Percentiles of measurements. Thread-safety: pure.
#ifndef TESTS_BENCH_PERCENTILE_H_
#define TESTS_BENCH_PERCENTILE_H_

#include <algorithm>
#include <cstddef>
#include <vector>

namespace repatriation {

// The percentile at `fraction` (0 to 1) of `values`; 0 if empty. Reorders them.
inline double Percentile(std::vector<double>& values, double fraction) {
  if (values.empty()) return 0;
  const auto rank = static_cast<ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<size_t>(rank)];
}

}  // namespace repatriation

#endif  // TESTS_BENCH_PERCENTILE_H_
