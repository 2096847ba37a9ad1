// Answers to GetAggregate whose figures have bounds.
//
// Thread-safety: pure but for the cache of plans, which any thread may use.
#ifndef QUERY_SERVICE_CORE_BOUNDED_ANSWER_H_
#define QUERY_SERVICE_CORE_BOUNDED_ANSWER_H_

#include "absl/status/statusor.h"
#include "common/base/encoded.h"
#include "query_service/core/figure_question.h"
#include "query_service/core/replica.h"
#include "query_service/core/row_plan.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// As AnswerFigures(), from the cells at once rather than from a plan of rows:
// this is asked for seldom. Errors as ResolveKnownAt().
absl::StatusOr<Encoded<v1::GetAggregateResponse>> AnswerWithBounds(const FigureQuestion& question,
                                                                   const v1::ReadOptions& read,
                                                                   const Replica& replica,
                                                                   RowPlanCache& plans);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_BOUNDED_ANSWER_H_
