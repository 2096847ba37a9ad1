#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "query_service/core/cell_filter.h"
#include "query_service/core/grouping.h"
#include "query_service/core/query_core.h"
#include "query_service/core/read_point.h"

namespace repatriation {
namespace {

constexpr PageSizes kPageSizes = {.standard = 1000, .max = 10'000};

}  // namespace

absl::StatusOr<v1::GetAggregateResponse> QueryCore::GetAggregate(
    const v1::GetAggregateRequest& request) const {
  const auto filter = CheckFilter(request.filter(), DefaultKinds::kRepatriations, "filter");
  if (!filter.ok()) return filter.status();
  const auto grouping = Grouping::Make(request.group_by());
  if (!grouping.ok()) return grouping.status();
  const uint64_t fingerprint = RequestFingerprint(request);
  const auto page = CheckPage(request.page_size(), request.page_token(), kPageSizes, fingerprint);
  if (!page.ok()) return page.status();

  const LedgerView::Reader reader(replica_.view());
  const auto known_at = ResolveKnownAt(request.read(), *page, reader);
  if (!known_at.ok()) return known_at.status();
  const CellFilter matches(*filter, reader);
  absl::flat_hash_map<GroupValues, FigureSum> sums;
  FigureSum total;
  reader.ForEachCell(*known_at, matches, [&](const CellKey& key, const CellTotal& cell) {
    sums[grouping->ValuesOf(key)].Add(cell);
    total.Add(cell);
  });
  std::vector<std::pair<GroupValues, FigureSum>> rows(sums.begin(), sums.end());
  std::sort(rows.begin(), rows.end(),
            [&](const auto& a, const auto& b) { return grouping->Less(a.first, b.first, reader); });

  v1::GetAggregateResponse response;
  *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
  *response.mutable_filter() = *filter;
  total.ToProto(matches.by_sex(), response.mutable_total());
  const int64_t row_count = static_cast<int64_t>(rows.size());
  const int64_t begin = std::min(page->after, row_count);
  const int64_t end = std::min(begin + page->size, row_count);
  for (int64_t i = begin; i < end; ++i) {
    v1::AggregateRow& row = *response.add_rows();
    grouping->ToProto(rows[i].first, reader, row.mutable_group());
    rows[i].second.ToProto(matches.by_sex() || grouping->by_sex(), row.mutable_figure());
  }
  if (end < row_count) {
    response.set_next_page_token(MakePageToken(fingerprint, *known_at, end));
  }
  return response;
}

}  // namespace repatriation
