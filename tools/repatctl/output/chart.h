// Bars of Unicode block elements, an eighth of a terminal column fine.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_CHART_H_
#define TOOLS_REPATCTL_OUTPUT_CHART_H_

#include <cstdint>
#include <string>

namespace repatriation {

// A bar for `value`, of `columns` terminal columns at `value_max`. Anything
// above zero shows at least an eighth of a column; zero and less show nothing.
// REQUIRES: value <= value_max, columns >= 0.
std::string Bar(int64_t value, int64_t value_max, int columns);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_CHART_H_
