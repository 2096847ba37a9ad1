// The sites of a drawdown that were closed, and who is left there.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_DRAWDOWN_CLOSED_SITES_H_
#define QUERY_SERVICE_CORE_DRAWDOWN_CLOSED_SITES_H_

#include <deque>

#include "query_service/core/drawdown/drawdown_question.h"

namespace repatriation {

// Adds to `standings` the sites that were closed before `days` end, of those
// asked for, by day and name. Who remains is counted over `days`, from the
// strength that `table` (null: none) gives, as known at `known_at`.
void AddClosedSites(const DrawdownQuestion& question, const StrengthTable* table,
                    const DayInterval& days, const std::deque<RecordBook::Record>& records,
                    const LedgerView::Reader& reader, Position known_at,
                    google::protobuf::RepeatedPtrField<v1::SiteStanding>* standings);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_DRAWDOWN_CLOSED_SITES_H_
