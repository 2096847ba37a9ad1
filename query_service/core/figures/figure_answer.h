// The common part of GetAggregate and GetTimeline: one state of the ledger, its rows in
// order, and one page of them encoded.
//
// Thread-safety: pure, except for the cache of plans, which any thread may use.
#ifndef QUERY_SERVICE_CORE_FIGURES_FIGURE_ANSWER_H_
#define QUERY_SERVICE_CORE_FIGURES_FIGURE_ANSWER_H_

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/encoded.h"
#include "query_service/core/figures/completeness.h"
#include "query_service/core/figures/figure_question.h"
#include "query_service/core/figures/row_plan.h"
#include "query_service/core/figures/row_provenance.h"
#include "query_service/core/figures/row_writer.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {

// The provenance fields of a row of `Response`, in their wire form: fields of one
// message may be concatenated
// (https://protobuf.dev/programming-guides/encoding/#last-one-wins).
template <typename Response>
std::string EncodeProvenance(const FigureQuestion& question, const RowPlan& plan,
                             const RowPlan::Line& line, Position known_at,
                             const LedgerView::Reader& reader) {
  v1::Group group;
  question.grouping.ToProto(plan.ValuesOf(line), reader, &group);
  std::decay_t<decltype(std::declval<const Response&>().rows(0))> row;
  SetProvenance(FilterOfRow(question, group, plan.BucketOf(line)), known_at, row);
  return row.SerializeAsString();
}

// Answers `question` from one state. Calls
//   add_row(const RowPlan& plan, const RowPlan::Line&, const CellTotal&,
//           absl::string_view provenance, RowWriter*)
// for each row that counts an event, in order, with a writer if it is on the page, else
// null, and with its encoded provenance fields if the question has `with_provenance`;
// and then
//   end(const RowPlan& plan, Position known_at, Response&)
// which sets the fields after the rows, except the next page's token and the
// completeness. Errors of ResolveKnownAt().
template <typename Response, typename AddRow, typename End>
absl::StatusOr<Encoded<Response>> AnswerFigures(const FigureQuestion& question,
                                                const v1::ReadOptions& read, const Replica& replica,
                                                RowPlanCache& plans, AddRow add_row, End end) {
  const LedgerView::Reader reader(replica.view());
  const auto known_at = ResolveKnownAt(read, question.page, reader);
  if (!known_at.ok()) return known_at.status();
  const auto plan = plans.PlanOf(question, reader);
  const std::vector<CellTotal> sums = plan->SumAfter(reader.PostingsThrough(*known_at));

  Response head;
  *head.mutable_header() = MakeHeader(replica, reader, *known_at);
  *head.mutable_filter() = question.filter.proto;
  Encoded<Response> answer;
  answer.bytes.reserve(plan->answer_bytes());
  head.AppendToString(&answer.bytes);
  RowWriter writer(plan->by_sex(), &answer.bytes);
  const int64_t page_begin = question.page.after;
  const int64_t page_end = page_begin + question.page.size;
  int64_t rows = 0;
  std::string provenance;
  for (const RowPlan::Line& line : plan->lines()) {
    const CellTotal& sum = sums[line.row];
    if (sum.events == 0) continue;
    const bool on_page = rows >= page_begin && rows < page_end;
    if (on_page && question.with_provenance) {
      provenance = EncodeProvenance<Response>(question, *plan, line, *known_at, reader);
    }
    add_row(*plan, line, sum, provenance, on_page ? &writer : nullptr);
    ++rows;
  }
  writer.Flush();
  Response rest;
  end(*plan, *known_at, rest);
  if (question.mission() != nullptr) {
    *rest.mutable_completeness() = CompletenessOf(question.filter, *known_at, reader, plans);
  }
  if (page_end < rows) {
    rest.set_next_page_token(MakePageToken(question.fingerprint, *known_at, page_end));
  }
  rest.AppendToString(&answer.bytes);
  return answer;
}

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_FIGURE_ANSWER_H_
