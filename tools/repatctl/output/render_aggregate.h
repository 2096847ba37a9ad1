// Aggregates as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_AGGREGATE_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_AGGREGATE_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"
#include "tools/repatctl/output/render_groups.h"

namespace repatriation {

// `response` has the rows of all pages. Without dimensions there is one row, the
// total, even if it is zero. Bounds are shown if the answer has them.
std::string AggregateTable(const v1::GetAggregateResponse& response, const Dimensions& dimensions);
std::string AggregateCsv(const v1::GetAggregateResponse& response, const Dimensions& dimensions);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_AGGREGATE_H_
