// What a briefing says beside its figures, sentence by sentence, without any
// layout: the text and the Markdown print the same.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_TEXT_BRIEFING_SENTENCES_H_
#define QUERY_SERVICE_CORE_TEXT_BRIEFING_SENTENCES_H_

#include <string>
#include <vector>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Strength of uniformed personnel at the beginning and now, pace, deadline,
// forecast; none without a baseline.
std::vector<std::string> DrawdownSentences(const v1::GetDrawdownResponse& drawdown);

// One for each closed site, those that still hold people first told so.
std::vector<std::string> ClosedSiteSentences(const v1::GetDrawdownResponse& drawdown);

// One for each published figure that does not agree and one that says how many
// there are before these, then one for each conflict, of many the first 100.
std::vector<std::string> DiscrepancySentences(const v1::GetBriefingResponse& briefing);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_TEXT_BRIEFING_SENTENCES_H_
