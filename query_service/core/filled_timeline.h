// A timeline with all its buckets: those without an event as zeros where
// everything of them is reported, and as unknown where it is not.
//
// Every group has a row in every bucket, so a row's number says which bucket
// and group it is, and a page costs what is on it beside the events before it.
//
// Thread-safety: pure but for the cache of plans, which any thread may use.
#ifndef QUERY_SERVICE_CORE_FILLED_TIMELINE_H_
#define QUERY_SERVICE_CORE_FILLED_TIMELINE_H_

#include "absl/status/statusor.h"
#include "common/base/encoded.h"
#include "query_service/core/figure_question.h"
#include "query_service/core/replica.h"
#include "query_service/core/row_plan.h"

namespace repatriation {

inline constexpr int kFilledBucketsMax = 20'000;
inline constexpr int kMovingAverageBucketsMax = 366;

// Whether `fill_gaps` and `moving_average_buckets` may be asked for together
// with the rest of `request`: INVALID_ARGUMENT naming the field.
absl::Status CheckFilling(const v1::GetTimelineRequest& request);

// Answers `question`, made of `request`, which has `fill_gaps`.
// INVALID_ARGUMENT naming the field where the buckets are too many; errors of
// ResolveKnownAt().
absl::StatusOr<Encoded<v1::GetTimelineResponse>> AnswerFilledTimeline(
    const FigureQuestion& question, const v1::GetTimelineRequest& request, const Replica& replica,
    RowPlanCache& plans);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FILLED_TIMELINE_H_
