// Parts of tables: the columns that a figure is grouped by, and unknown numbers.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_GROUPS_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_GROUPS_H_

#include <string>
#include <vector>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

using Dimensions = std::vector<v1::Dimension>;

// A table's cell for an unknown number.
inline constexpr char kNotKnown[] = "?";

// Column names: the names of the dimensions, in the order given.
std::vector<std::string> GroupColumns(const Dimensions& dimensions);

// The values of `group` for these columns; "unspecified" if the events have no value.
std::vector<std::string> GroupCells(const v1::Group& group, const Dimensions& dimensions);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_GROUPS_H_
