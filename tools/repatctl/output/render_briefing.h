// Briefings as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_BRIEFING_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_BRIEFING_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// The service's own text, and the same as Markdown.
std::string BriefingAsText(const v1::GetBriefingResponse& response);
std::string BriefingAsMarkdown(const v1::GetBriefingResponse& response);
// One row per category.
std::string BriefingCsv(const v1::GetBriefingResponse& response);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_BRIEFING_H_
