#include "query_service/core/figures/bounded_answer.h"
#include "query_service/core/figures/figure_answer.h"
#include "query_service/core/query_core.h"

namespace repatriation {
namespace {

absl::StatusOr<Encoded<v1::GetAggregateResponse>> AnswerAggregate(const FigureQuestion& question,
                                                                  const v1::ReadOptions& read,
                                                                  const Replica& replica,
                                                                  RowPlanCache& plans) {
  FigureSum total;
  return AnswerFigures<v1::GetAggregateResponse>(
      question, read, replica, plans,
      [&](const RowPlan& plan, const RowPlan::Line& line, const CellTotal& sum,
          absl::string_view provenance, RowWriter* writer) {
        total.Add(sum);
        if (writer != nullptr) writer->AddAggregateRow(plan.PrefixOf(line), sum, provenance);
      },
      [&](const RowPlan& plan, Position known_at, v1::GetAggregateResponse& rest) {
        total.ToProto(question.filter.by_sex(), rest.mutable_total());
        rest.set_events_page_token(MakePageToken(plan.events_fingerprint(), known_at, 0));
      });
}

}  // namespace

absl::StatusOr<Encoded<v1::GetAggregateResponse>> QueryCore::GetAggregate(
    const v1::GetAggregateRequest& request) const {
  const auto question = CheckQuestion(request);
  if (!question.ok()) return question.status();
  if (!request.with_bounds()) return AnswerAggregate(*question, request.read(), replica_, plans_);
  const auto answer = AnswerWithBounds(*question, request.read(), replica_, plans_);
  if (!answer.ok()) return answer.status();
  return Encoded(*answer);
}

}  // namespace repatriation
