// Drawdowns as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_DRAWDOWN_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_DRAWDOWN_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"
#include "tools/repatctl/output/render_groups.h"

namespace repatriation {

// The table has the rows and the total, then mandate, baselines, pace, forecast,
// closed sites and completeness. CSV has only the rows, or without dimensions the
// total.
std::string DrawdownTable(const v1::GetDrawdownResponse& response, const Dimensions& dimensions);
std::string DrawdownCsv(const v1::GetDrawdownResponse& response, const Dimensions& dimensions);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_DRAWDOWN_H_
