// Events of a mission that may be one movement with two days.
//
// Thread-safety: pure. Reads the view in short turns, so that the follower gets
// in between: up to `known_at` nothing changes any more.
#ifndef QUERY_SERVICE_CORE_RECONCILIATION_EVENT_CONFLICTS_H_
#define QUERY_SERVICE_CORE_RECONCILIATION_EVENT_CONFLICTS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "query_service/core/view/ledger_view.h"
#include "repatriation/v1/reconciliation.pb.h"

namespace repatriation {

// Fewer people leave from one site every few days without being the same.
inline constexpr int64_t kConflictHeadcountMin = 10;
// Events that are compared, the first ones: some tens of megabytes.
inline constexpr size_t kComparedEventsMax = 200'000;
// Conflicts that are given, the first ones.
inline constexpr size_t kEventConflictsMax = 1000;

// Conflicts of CONFLICT_KIND_EVENT_DAYS as known at `known_at`, by position:
// events that count, of the same kind, category, known country, known site,
// destination and number of people (kConflictHeadcountMin or more), not of
// different units, on different days of which each is within a week of the
// next; and events that were amended from one such day to another, with the
// amendments.
std::vector<v1::Conflict> FindEventConflicts(const LedgerView& view, absl::string_view mission,
                                             Position known_at);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECONCILIATION_EVENT_CONFLICTS_H_
