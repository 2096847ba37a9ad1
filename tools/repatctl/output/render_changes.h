// Changes of figures as text: comparisons and watches; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_CHANGES_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_CHANGES_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"
#include "tools/repatctl/output/render_groups.h"

namespace repatriation {

// `response` has the entries of all pages. CSV has one row per entry.
std::string CompareTable(const v1::CompareAggregatesResponse& response);
std::string CompareCsv(const v1::CompareAggregatesResponse& response);

// One answer of a watch. CSV, whose header is WatchCsvHeader(), has one row per
// group that changed, or without dimensions the total.
std::string WatchTable(const v1::WatchAggregateResponse& response, const Dimensions& dimensions);
std::string WatchCsvHeader(const Dimensions& dimensions);
std::string WatchCsvRows(const v1::WatchAggregateResponse& response, const Dimensions& dimensions);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_CHANGES_H_
