// Reconciliations as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_RECONCILE_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_RECONCILE_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// `response` has the statements of all pages. The table also has explanations, and
// the conflicts between records.
std::string ReconcileTable(const v1::ReconcileResponse& response);
std::string ReconcileCsv(const v1::ReconcileResponse& response);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_RECONCILE_H_
