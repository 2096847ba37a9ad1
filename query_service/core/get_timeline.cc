#include <vector>

#include "query_service/core/figures/figure_answer.h"
#include "query_service/core/figures/filled_timeline.h"
#include "query_service/core/query_core.h"

namespace repatriation {
namespace {

absl::StatusOr<Encoded<v1::GetTimelineResponse>> AnswerTimeline(const FigureQuestion& question,
                                                                const v1::ReadOptions& read,
                                                                const Replica& replica,
                                                                RowPlanCache& plans) {
  std::vector<int64_t> cumulative;  // by group
  return AnswerFigures<v1::GetTimelineResponse>(
      question, read, replica, plans,
      [&](const RowPlan& plan, const RowPlan::Line& line, const CellTotal& sum,
          absl::string_view provenance, RowWriter* writer) {
        cumulative.resize(plan.group_count());
        cumulative[line.group] += sum.headcount;
        if (writer == nullptr) return;
        writer->AddTimelineRow(plan.PrefixOf(line), sum, cumulative[line.group], provenance);
      },
      [](const RowPlan& plan, Position known_at, v1::GetTimelineResponse& rest) {
        rest.set_events_page_token(MakePageToken(plan.events_fingerprint(), known_at, 0));
      });
}

}  // namespace

absl::StatusOr<Encoded<v1::GetTimelineResponse>> QueryCore::GetTimeline(
    const v1::GetTimelineRequest& request) const {
  const auto question = CheckQuestion(request);
  if (!question.ok()) return question.status();
  if (!question->fill_gaps) return AnswerTimeline(*question, request.read(), replica_, plans_);
  const auto answer = AnswerFilledTimeline(*question, request.read(), replica_, plans_);
  if (!answer.ok()) return answer.status();
  return Encoded(*answer);
}

}  // namespace repatriation
