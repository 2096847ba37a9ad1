#include <algorithm>

#include "query_service/core/figure_question.h"
#include "query_service/core/query_core.h"
#include "query_service/core/read_point.h"
#include "query_service/core/row_plan.h"
#include "query_service/core/row_writer.h"

namespace repatriation {

absl::StatusOr<Encoded<v1::GetAggregateResponse>> QueryCore::GetAggregate(
    const v1::GetAggregateRequest& request) const {
  const auto question = CheckQuestion(request);
  if (!question.ok()) return question.status();

  const LedgerView::Reader reader(replica_.view());
  const auto known_at = ResolveKnownAt(request.read(), question->page, reader);
  if (!known_at.ok()) return known_at.status();
  const auto plan = plans_.PlanOf(*question, reader);
  const std::vector<CellTotal> sums = plan->SumAfter(reader.PostingsThrough(*known_at));

  v1::GetAggregateResponse head;
  *head.mutable_header() = MakeHeader(replica_, reader, *known_at);
  *head.mutable_filter() = question->filter;
  Encoded<v1::GetAggregateResponse> response;
  response.bytes.reserve(plan->answer_bytes());
  head.AppendToString(&response.bytes);
  RowWriter writer(plan->by_sex(), &response.bytes);
  FigureSum total;
  int64_t rows = 0;
  const int64_t begin = question->page.after;
  const int64_t end = begin + question->page.size;
  for (const RowPlan::Line& line : plan->lines()) {
    const CellTotal& sum = sums[line.row];
    if (sum.events == 0) continue;
    total.Add(sum);
    if (rows >= begin && rows < end) writer.AddAggregateRow(plan->PrefixOf(line), sum);
    ++rows;
  }
  writer.Flush();
  v1::GetAggregateResponse rest;
  const bool one_sex = question->filter.sex() != v1::SEX_UNSPECIFIED;
  total.ToProto(one_sex, rest.mutable_total());
  if (end < rows) rest.set_next_page_token(MakePageToken(question->fingerprint, *known_at, end));
  rest.AppendToString(&response.bytes);
  return response;
}

}  // namespace repatriation
