// Records of a mission that do not fit together: baselines, statements of one
// thing, days on which one site was closed.
//
// Two figures fit if what their words allow for overlaps (common/domain/qualifier_bounds.h).
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_RECONCILIATION_RECORD_CONFLICTS_H_
#define QUERY_SERVICE_CORE_RECONCILIATION_RECORD_CONFLICTS_H_

#include <deque>
#include <vector>

#include "query_service/core/records/record_book.h"
#include "repatriation/v1/reconciliation.pb.h"

namespace repatriation {

// Conflicts that are given, the first ones.
inline constexpr size_t kRecordConflictsMax = 1000;

// Those among `records`, which are a mission's up to some position: by kind,
// then people, then day, at most kRecordConflictsMax.
//
// Baselines are compared by people, whatever day they name, for all speak of
// the beginning of the drawdown: what was stated, and of each series of tables
// the last one up to the drawdown's first day (without a mandate, the first day
// that a statement names; without either there is none).
std::vector<v1::Conflict> FindRecordConflicts(const std::deque<RecordBook::Record>& records);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECONCILIATION_RECORD_CONFLICTS_H_
