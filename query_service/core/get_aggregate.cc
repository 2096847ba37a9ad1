#include "query_service/core/bounded_answer.h"
#include "query_service/core/figure_answer.h"
#include "query_service/core/query_core.h"

namespace repatriation {

absl::StatusOr<Encoded<v1::GetAggregateResponse>> QueryCore::GetAggregate(
    const v1::GetAggregateRequest& request) const {
  const auto question = CheckQuestion(request);
  if (!question.ok()) return question.status();
  if (request.with_bounds()) return AnswerWithBounds(*question, request.read(), replica_, plans_);
  FigureSum total;
  return AnswerFigures<v1::GetAggregateResponse>(
      *question, request.read(), replica_, plans_,
      [&](const RowPlan& plan, const RowPlan::Line& line, const CellTotal& sum, RowWriter* writer) {
        total.Add(sum);
        if (writer != nullptr) writer->AddAggregateRow(plan.PrefixOf(line), sum);
      },
      [&](const RowPlan& plan, Position known_at, v1::GetAggregateResponse& rest) {
        const bool one_sex = question->filter.sex() != v1::SEX_UNSPECIFIED;
        total.ToProto(one_sex, rest.mutable_total());
        rest.set_events_page_token(MakePageToken(plan.events_fingerprint(), known_at, 0));
      });
}

}  // namespace repatriation
