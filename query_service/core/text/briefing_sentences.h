// The sentences of a briefing, without layout. The text and the Markdown form share
// them.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_TEXT_BRIEFING_SENTENCES_H_
#define QUERY_SERVICE_CORE_TEXT_BRIEFING_SENTENCES_H_

#include <string>
#include <vector>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Strength of uniformed personnel at the baseline and now, pace, deadline, forecast.
// Empty without a baseline.
std::vector<std::string> DrawdownSentences(const v1::GetDrawdownResponse& drawdown);

// One for each closed site.
std::vector<std::string> ClosedSiteSentences(const v1::GetDrawdownResponse& drawdown);

// One for each published figure that disagrees, one with the number of earlier ones that
// are not listed, then one for each of the first 100 conflicts.
std::vector<std::string> DiscrepancySentences(const v1::GetBriefingResponse& briefing);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_TEXT_BRIEFING_SENTENCES_H_
