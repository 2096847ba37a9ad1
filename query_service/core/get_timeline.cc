#include <vector>

#include "query_service/core/figure_answer.h"
#include "query_service/core/filled_timeline.h"
#include "query_service/core/query_core.h"
#include "query_service/core/row_provenance.h"

namespace repatriation {
namespace {

absl::StatusOr<Encoded<v1::GetTimelineResponse>> AnswerTimeline(const FigureQuestion& question,
                                                                const v1::ReadOptions& read,
                                                                const Replica& replica,
                                                                RowPlanCache& plans) {
  std::vector<int64_t> cumulative;  // by group
  return AnswerFigures<v1::GetTimelineResponse>(
      question, read, replica, plans,
      [&](const RowPlan& plan, const RowPlan::Line& line, const CellTotal& sum, RowWriter* writer) {
        cumulative.resize(plan.group_count());
        cumulative[line.group] += sum.headcount;
        if (writer == nullptr) return;
        writer->AddTimelineRow(plan.PrefixOf(line), sum, cumulative[line.group]);
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
  auto answer = request.fill_gaps() ? AnswerFilledTimeline(*question, request, replica_, plans_)
                                    : AnswerTimeline(*question, request.read(), replica_, plans_);
  if (answer.ok() && request.with_provenance()) {
    v1::GetTimelineResponse response = answer->Decode();
    AddProvenance(request.bucket(), response);
    answer->bytes = response.SerializeAsString();
  }
  return answer;
}

}  // namespace repatriation
