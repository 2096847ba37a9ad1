// Answers to GetAggregate whose figures have bounds.
//
// Thread-safety: pure, except for the cache of plans, which any thread may use.
#ifndef QUERY_SERVICE_CORE_FIGURES_BOUNDED_ANSWER_H_
#define QUERY_SERVICE_CORE_FIGURES_BOUNDED_ANSWER_H_

#include "absl/status/statusor.h"
#include "query_service/core/figures/figure_question.h"
#include "query_service/core/figures/row_plan.h"
#include "query_service/core/replica/replica.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Like AnswerFigures(), but computed from the cells without a row plan, since bounds are
// rarely requested. Errors of ResolveKnownAt().
absl::StatusOr<v1::GetAggregateResponse> AnswerWithBounds(const FigureQuestion& question,
                                                          const v1::ReadOptions& read,
                                                          const Replica& replica,
                                                          RowPlanCache& plans);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_BOUNDED_ANSWER_H_
