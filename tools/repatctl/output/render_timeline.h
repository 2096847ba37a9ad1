// Timelines as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_TIMELINE_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_TIMELINE_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"
#include "tools/repatctl/output/render_groups.h"

namespace repatriation {

// `response` has the rows of all pages. The table has a bar chart, and lists the
// buckets between the first and the last in which nothing was reported. `columns`
// are those of the terminal; `moving_average` says whether one was requested. An
// unknown figure is "?" in the table and empty in CSV, which with `fill_gaps` also
// has the columns `incomplete` and `moving_average`.
std::string TimelineTable(const v1::GetTimelineResponse& response, const Dimensions& dimensions,
                          v1::Bucket bucket, int columns, bool moving_average = false);
std::string TimelineCsv(const v1::GetTimelineResponse& response, const Dimensions& dimensions,
                        bool fill_gaps);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_TIMELINE_H_
