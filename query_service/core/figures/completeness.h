// Up to which day everything is reported, by the word of the reporters, and
// what that means for the days of a question. What comes after it and has no
// event is unknown, not zero.
//
// Thread-safety: pure but for the cache of plans, which any thread may use.
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

// The last day that is complete as known at `known_at`; nullopt if nobody said
// anything. `marks` are a mission's, RecordBook::MarksOf().
//
// Of each reporter and site the latest mark holds. Where every one of `sites`
// has a mark of its own, it is the earliest of theirs; otherwise, and without
// `sites`, the earliest of all.
absl::optional<DayNumber> ReportedThroughDay(
    absl::Span<const RecordBook::Record* const> marks,
    const google::protobuf::RepeatedPtrField<std::string>& sites, Position known_at);

// What a figure over `days` may lack. `counts_after` says whether anything that
// it counts lies after a day; it is asked only where `days` have no end.
v1::Completeness CompletenessOf(absl::optional<DayNumber> reported_through, const DayInterval& days,
                                absl::FunctionRef<bool(DayNumber)> counts_after);

// The same for a figure over `filter` as known at `known_at`.
// REQUIRES: the filter names exactly one mission.
v1::Completeness CompletenessOf(const CheckedFilter& filter, Position known_at,
                                const LedgerView::Reader& reader, RowPlanCache& plans);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_COMPLETENESS_H_
