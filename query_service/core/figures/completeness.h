// Up to which day reports are complete, according to the reporters' marks
// (ReportedThrough records), and whether that covers the days of a query. Later days
// without events are unknown, not zero.
//
// Thread-safety: pure, except for the cache of plans, which any thread may use.
#ifndef QUERY_SERVICE_CORE_FIGURES_COMPLETENESS_H_
#define QUERY_SERVICE_CORE_FIGURES_COMPLETENESS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/domain/day.h"
#include "google/protobuf/repeated_field.h"
#include "query_service/core/figures/row_plan.h"
#include "query_service/core/records/record_book.h"

namespace repatriation {

// The last complete day as known at `known_at`; nullopt without marks. `marks` are a
// mission's, RecordBook::MarksOf().
//
// The latest mark of each reporter and site counts. If every one of `sites` has its own
// marks, the result is the earliest of theirs; otherwise, and without `sites`, the
// earliest of all.
absl::optional<DayNumber> ReportedThroughDay(
    absl::Span<const RecordBook::Record* const> marks,
    const google::protobuf::RepeatedPtrField<std::string>& sites, Position known_at);

// The completeness of a figure over `days`. `counts_after` returns whether it counts
// anything after a day; it is called only if `days` have no end.
v1::Completeness CompletenessOf(absl::optional<DayNumber> reported_through, const DayInterval& days,
                                absl::FunctionRef<bool(DayNumber)> counts_after);

// The same for a figure over `filter` as known at `known_at`.
// REQUIRES: the filter names exactly one mission.
v1::Completeness CompletenessOf(const CheckedFilter& filter, Position known_at,
                                const LedgerView::Reader& reader, RowPlanCache& plans);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_COMPLETENESS_H_
