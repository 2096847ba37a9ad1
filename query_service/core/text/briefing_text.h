// A briefing as English text and as Markdown: figures and sums in the order of the UN's
// press releases, then strength, pace, forecast, closed sites and discrepancies.
//
// Thread-safety: pure.
#ifndef QUERY_SERVICE_CORE_TEXT_BRIEFING_TEXT_H_
#define QUERY_SERVICE_CORE_TEXT_BRIEFING_TEXT_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// The text depends only on the content and the position that it is known at, not on what
// the replica has applied since.
std::string BriefingText(const v1::GetBriefingResponse& briefing);
std::string BriefingMarkdown(const v1::GetBriefingResponse& briefing);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_TEXT_BRIEFING_TEXT_H_
