// The list of missions as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_MISSIONS_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_MISSIONS_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// `response` has the missions of all pages.
std::string MissionsTable(const v1::ListMissionsResponse& response);
std::string MissionsCsv(const v1::ListMissionsResponse& response);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_MISSIONS_H_
