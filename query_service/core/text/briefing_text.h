// A briefing as English text and as Markdown: its figures in the order and with
// the sums of the UN's releases, then strength, pace, forecast, closed sites
// and what does not add up.
//
// Thread-safety: pure.
#ifndef QUERY_SERVICE_CORE_TEXT_BRIEFING_TEXT_H_
#define QUERY_SERVICE_CORE_TEXT_BRIEFING_TEXT_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// The same text for the same content and position; whatever else the replica
// has applied since does not show in it.
std::string BriefingText(const v1::GetBriefingResponse& briefing);
std::string BriefingMarkdown(const v1::GetBriefingResponse& briefing);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_TEXT_BRIEFING_TEXT_H_
