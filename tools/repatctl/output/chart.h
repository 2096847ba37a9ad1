// Bars of Unicode block elements, with a resolution of 1/8 terminal column.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_CHART_H_
#define TOOLS_REPATCTL_OUTPUT_CHART_H_

#include <cstdint>
#include <string>

namespace repatriation {

// A bar for `value`; `value_max` fills `columns` terminal columns. A positive value
// is at least 1/8 column wide; zero or less is empty.
// REQUIRES: value <= value_max, columns >= 0.
std::string Bar(int64_t value, int64_t value_max, int columns);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_CHART_H_
