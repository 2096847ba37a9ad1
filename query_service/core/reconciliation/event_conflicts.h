// Finds events of a mission that may be one movement recorded on different days.
//
// Thread-safety: pure. Releases the view's lock at intervals, so that the follower can
// apply blocks; nothing changes up to `known_at`.
#ifndef QUERY_SERVICE_CORE_RECONCILIATION_EVENT_CONFLICTS_H_
#define QUERY_SERVICE_CORE_RECONCILIATION_EVENT_CONFLICTS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "query_service/core/view/ledger_view.h"
#include "repatriation/v1/reconciliation.pb.h"

namespace repatriation {

// Smaller groups leave one site every few days, so equal ones are no conflict.
inline constexpr int64_t kConflictHeadcountMin = 10;
// Events compared, the first ones: some tens of megabytes.
inline constexpr size_t kComparedEventsMax = 200'000;
// Conflicts returned, the first ones.
inline constexpr size_t kEventConflictsMax = 1000;

// Conflicts of CONFLICT_KIND_EVENT_DAYS as known at `known_at`, by position: events that
// count, with the same kind, category, known country, known site, destination and number
// of people (kConflictHeadcountMin or more), not of different units, on different days,
// each within a week of the next; and events amended from one such day to another, with
// their amendments.
std::vector<v1::Conflict> FindEventConflicts(const LedgerView& view, absl::string_view mission,
                                             Position known_at);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECONCILIATION_EVENT_CONFLICTS_H_
