// A timeline with filled gaps: buckets without events are zero if they are completely
// reported, otherwise unknown.
//
// Every group has a row in every bucket, so a row's number determines its bucket and
// group. The cost of a page is that of its rows and of the events before it.
//
// Thread-safety: pure, except for the cache of plans, which any thread may use.
#ifndef QUERY_SERVICE_CORE_FIGURES_FILLED_TIMELINE_H_
#define QUERY_SERVICE_CORE_FIGURES_FILLED_TIMELINE_H_

#include "absl/status/statusor.h"
#include "query_service/core/figures/figure_question.h"
#include "query_service/core/figures/row_plan.h"
#include "query_service/core/replica/replica.h"

namespace repatriation {

inline constexpr int kFilledBucketsMax = 20'000;

// Answers `question`, a timeline with `fill_gaps`. INVALID_ARGUMENT names the field if
// there are too many buckets; errors of ResolveKnownAt().
// REQUIRES: question.mission() != nullptr.
absl::StatusOr<v1::GetTimelineResponse> AnswerFilledTimeline(const FigureQuestion& question,
                                                             const v1::ReadOptions& read,
                                                             const Replica& replica,
                                                             RowPlanCache& plans);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_FILLED_TIMELINE_H_
