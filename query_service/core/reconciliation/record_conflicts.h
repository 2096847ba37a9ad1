// Finds records of a mission that contradict each other: baselines, statements about the
// same figure, closing days of a site.
//
// Two figures are consistent if their bounds overlap (common/domain/qualifier_bounds.h).
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_RECONCILIATION_RECORD_CONFLICTS_H_
#define QUERY_SERVICE_CORE_RECONCILIATION_RECORD_CONFLICTS_H_

#include <deque>
#include <vector>

#include "query_service/core/records/record_book.h"
#include "repatriation/v1/reconciliation.pb.h"

namespace repatriation {

// Conflicts returned, the first ones.
inline constexpr size_t kRecordConflictsMax = 1000;

// The conflicts among `records`, a mission's up to some position: by kind, then people,
// then day, at most kRecordConflictsMax.
//
// Baselines are compared by people, regardless of their day, since all describe the
// start of the drawdown: those stated, and of each series the last table up to the
// drawdown's first day (without a mandate, the first day of a baseline statement;
// without either none).
std::vector<v1::Conflict> FindRecordConflicts(const std::deque<RecordBook::Record>& records);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECONCILIATION_RECORD_CONFLICTS_H_
