#include "query_service/core/bounded_answer.h"
#include "query_service/core/figure_answer.h"
#include "query_service/core/query_core.h"
#include "query_service/core/row_provenance.h"

namespace repatriation {
namespace {

absl::StatusOr<Encoded<v1::GetAggregateResponse>> AnswerAggregate(const FigureQuestion& question,
                                                                  const v1::ReadOptions& read,
                                                                  const Replica& replica,
                                                                  RowPlanCache& plans) {
  FigureSum total;
  return AnswerFigures<v1::GetAggregateResponse>(
      question, read, replica, plans,
      [&](const RowPlan& plan, const RowPlan::Line& line, const CellTotal& sum, RowWriter* writer) {
        total.Add(sum);
        if (writer != nullptr) writer->AddAggregateRow(plan.PrefixOf(line), sum);
      },
      [&](const RowPlan& plan, Position known_at, v1::GetAggregateResponse& rest) {
        const bool one_sex = question.filter.sex() != v1::SEX_UNSPECIFIED;
        total.ToProto(one_sex, rest.mutable_total());
        rest.set_events_page_token(MakePageToken(plan.events_fingerprint(), known_at, 0));
      });
}

}  // namespace

absl::StatusOr<Encoded<v1::GetAggregateResponse>> QueryCore::GetAggregate(
    const v1::GetAggregateRequest& request) const {
  const auto question = CheckQuestion(request);
  if (!question.ok()) return question.status();
  auto answer = request.with_bounds()
                    ? AnswerWithBounds(*question, request.read(), replica_, plans_)
                    : AnswerAggregate(*question, request.read(), replica_, plans_);
  if (answer.ok() && request.with_provenance()) {
    v1::GetAggregateResponse response = answer->Decode();
    AddProvenance(response);
    answer->bytes = response.SerializeAsString();
  }
  return answer;
}

}  // namespace repatriation
