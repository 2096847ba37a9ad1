// Quarantined events as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_QUARANTINE_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_QUARANTINE_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// `response` has the events of all pages.
std::string QuarantineTable(const v1::ListQuarantineResponse& response);
std::string QuarantineCsv(const v1::ListQuarantineResponse& response);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_QUARANTINE_H_
