#include <vector>

#include "query_service/core/figure_question.h"
#include "query_service/core/query_core.h"
#include "query_service/core/read_point.h"
#include "query_service/core/row_plan.h"
#include "query_service/core/row_writer.h"

namespace repatriation {

absl::StatusOr<Encoded<v1::GetTimelineResponse>> QueryCore::GetTimeline(
    const v1::GetTimelineRequest& request) const {
  const auto question = CheckQuestion(request);
  if (!question.ok()) return question.status();

  const LedgerView::Reader reader(replica_.view());
  const auto known_at = ResolveKnownAt(request.read(), question->page, reader);
  if (!known_at.ok()) return known_at.status();
  const auto plan = plans_.PlanOf(*question, reader);
  const std::vector<CellTotal> sums = plan->SumAfter(reader.PostingsThrough(*known_at));

  v1::GetTimelineResponse head;
  *head.mutable_header() = MakeHeader(replica_, reader, *known_at);
  *head.mutable_filter() = question->filter;
  Encoded<v1::GetTimelineResponse> response;
  response.bytes.reserve(plan->answer_bytes());
  head.AppendToString(&response.bytes);
  RowWriter writer(plan->by_sex(), &response.bytes);
  std::vector<int64_t> cumulative(plan->group_count());
  int64_t rows = 0;
  const int64_t begin = question->page.after;
  const int64_t end = begin + question->page.size;
  for (const RowPlan::Line& line : plan->lines()) {
    const CellTotal& sum = sums[line.row];
    if (sum.events == 0) continue;
    cumulative[line.group] += sum.headcount;
    if (rows >= begin && rows < end) {
      writer.AddTimelineRow(plan->PrefixOf(line), sum, cumulative[line.group]);
    }
    ++rows;
  }
  writer.Flush();
  if (end < rows) {
    v1::GetTimelineResponse rest;
    rest.set_next_page_token(MakePageToken(question->fingerprint, *known_at, end));
    rest.AppendToString(&response.bytes);
  }
  return response;
}

}  // namespace repatriation
