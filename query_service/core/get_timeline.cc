#include <vector>

#include "query_service/core/figure_answer.h"
#include "query_service/core/filled_timeline.h"
#include "query_service/core/query_core.h"

namespace repatriation {

absl::StatusOr<Encoded<v1::GetTimelineResponse>> QueryCore::GetTimeline(
    const v1::GetTimelineRequest& request) const {
  const auto question = CheckQuestion(request);
  if (!question.ok()) return question.status();
  if (request.fill_gaps()) return AnswerFilledTimeline(*question, request, replica_, plans_);
  std::vector<int64_t> cumulative;  // by group
  return AnswerFigures<v1::GetTimelineResponse>(
      *question, request.read(), replica_, plans_,
      [&](const RowPlan& plan, const RowPlan::Line& line, const CellTotal& sum, RowWriter* writer) {
        cumulative.resize(plan.group_count());
        cumulative[line.group] += sum.headcount;
        if (writer == nullptr) return;
        writer->AddTimelineRow(plan.PrefixOf(line), sum, cumulative[line.group]);
      },
      [](const RowPlan&, Position, v1::GetTimelineResponse&) {});
}

}  // namespace repatriation
