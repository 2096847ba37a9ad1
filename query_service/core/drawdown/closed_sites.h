// The closed sites of a drawdown, and who remains there.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_DRAWDOWN_CLOSED_SITES_H_
#define QUERY_SERVICE_CORE_DRAWDOWN_CLOSED_SITES_H_

#include <deque>

#include "query_service/core/drawdown/drawdown_question.h"

namespace repatriation {

// Adds to `standings` the selected sites that were closed before the end of `days`, by
// day and name. Who remains is counted over `days`, from the strength in `table` (null:
// none), as known at `known_at`.
void AddClosedSites(const DrawdownQuestion& question, const StrengthTable* table,
                    const DayInterval& days, const std::deque<RecordBook::Record>& records,
                    const LedgerView::Reader& reader, Position known_at,
                    google::protobuf::RepeatedPtrField<v1::SiteStanding>* standings);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_DRAWDOWN_CLOSED_SITES_H_
