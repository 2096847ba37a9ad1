#include "query_service/core/figures/bounded_answer.h"

#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/domain/qualifier_bounds.h"
#include "query_service/core/figures/completeness.h"
#include "query_service/core/figures/row_provenance.h"
#include "query_service/core/selection/cell_filter.h"
#include "query_service/core/selection/event_list_token.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {
namespace {

struct BoundedSum {
  FigureSum sum;
  BoundsSum bounds;

  void Add(const CellKey& key, const CellTotal& total) {
    sum.Add(total);
    bounds.Add(total.headcount, key.qualifier);
  }
  // `may_grow`: more may be reported later, so there is no upper bound.
  void ToProto(bool by_sex, bool may_grow, v1::Figure* figure) const {
    sum.ToProto(by_sex, figure);
    figure->set_low(bounds.bounds().low);
    if (!may_grow) figure->set_high(bounds.bounds().high);
  }
};

using Row = std::pair<GroupValues, BoundedSum>;

std::vector<Row> RowsOf(const FigureQuestion& question, const LedgerView::Reader& reader,
                        Position known_at, BoundedSum& total) {
  const CellFilter matches(question.filter, reader);
  absl::flat_hash_map<GroupValues, BoundedSum> sums;
  reader.ForEachCell(matches.dimensions() | question.grouping.dimensions(), known_at, matches,
                     [&](const CellKey& key, const CellTotal& cell) {
                       sums[question.grouping.ValuesOf(key)].Add(key, cell);
                       total.Add(key, cell);
                     });
  std::vector<Row> rows(sums.begin(), sums.end());
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    return question.grouping.Less(a.first, b.first, reader);
  });
  return rows;
}

}  // namespace

absl::StatusOr<v1::GetAggregateResponse> AnswerWithBounds(const FigureQuestion& question,
                                                          const v1::ReadOptions& read,
                                                          const Replica& replica,
                                                          RowPlanCache& plans) {
  const LedgerView::Reader reader(replica.view());
  const auto known_at = ResolveKnownAt(read, question.page, reader);
  if (!known_at.ok()) return known_at.status();
  BoundedSum total;
  const std::vector<Row> rows = RowsOf(question, reader, *known_at, total);

  v1::GetAggregateResponse response;
  *response.mutable_header() = MakeHeader(replica, reader, *known_at);
  *response.mutable_filter() = question.filter.proto;
  bool may_grow = false;
  if (question.mission() != nullptr) {
    *response.mutable_completeness() = CompletenessOf(question.filter, *known_at, reader, plans);
    may_grow = response.completeness().includes_unknown_days() &&
               !response.completeness().reported_through().empty();
  }
  const bool one_sex = question.filter.by_sex();
  const auto row_count = static_cast<int64_t>(rows.size());
  const int64_t page_end = question.page.after + question.page.size;
  for (int64_t i = question.page.after; i < std::min(page_end, row_count); ++i) {
    v1::AggregateRow& row = *response.add_rows();
    question.grouping.ToProto(rows[i].first, reader, row.mutable_group());
    rows[i].second.ToProto(one_sex || question.grouping.by_sex(), may_grow, row.mutable_figure());
    if (question.with_provenance) {
      SetProvenance(FilterOfRow(question, row.group(), /*bucket_start=*/0), *known_at, row);
    }
  }
  total.ToProto(one_sex, may_grow, response.mutable_total());
  if (page_end < row_count) {
    response.set_next_page_token(MakePageToken(question.fingerprint, *known_at, page_end));
  }
  response.set_events_page_token(EventsPageToken(question.filter.proto, *known_at));
  return response;
}

}  // namespace repatriation
