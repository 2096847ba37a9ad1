// A briefing's figures as English text, in the order and with the sums of the
// UN's releases.
//
// Thread-safety: pure.
#ifndef QUERY_SERVICE_CORE_BRIEFING_TEXT_H_
#define QUERY_SERVICE_CORE_BRIEFING_TEXT_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// The same text for the same figures, movements and header; whatever else the
// replica has applied since does not show in it.
std::string BriefingText(const v1::GetBriefingResponse& briefing);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_BRIEFING_TEXT_H_
