#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "query_service/core/cell_filter.h"
#include "query_service/core/grouping.h"
#include "query_service/core/query_core.h"
#include "query_service/core/read_point.h"

namespace repatriation {
namespace {

constexpr PageSizes kPageSizes = {.standard = 1000, .max = 10'000};

// One row to be: the figure of a group in a bucket.
struct Row {
  DayNumber bucket;
  GroupValues group;
  FigureSum sum;
  int64_t cumulative_headcount = 0;
};

using RowSums = absl::flat_hash_map<std::pair<DayNumber, GroupValues>, FigureSum>;

// By bucket, then group, with the running sums of each group.
std::vector<Row> OrderRows(const RowSums& sums, const Grouping& grouping,
                           const LedgerView::Reader& reader) {
  std::vector<Row> rows;
  rows.reserve(sums.size());
  for (const auto& [key, sum] : sums) rows.push_back({key.first, key.second, sum});
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    if (a.bucket != b.bucket) return a.bucket < b.bucket;
    return grouping.Less(a.group, b.group, reader);
  });
  absl::flat_hash_map<GroupValues, int64_t> running;
  for (Row& row : rows) {
    row.cumulative_headcount = running[row.group] += row.sum.headcount();
  }
  return rows;
}

}  // namespace

absl::StatusOr<v1::GetTimelineResponse> QueryCore::GetTimeline(
    const v1::GetTimelineRequest& request) const {
  const auto filter = CheckFilter(request.filter(), DefaultKinds::kRepatriations, "filter");
  if (!filter.ok()) return filter.status();
  const v1::Bucket bucket = request.bucket();
  if (!v1::Bucket_IsValid(bucket) || bucket == v1::BUCKET_UNSPECIFIED) {
    return InvalidField("bucket", "UNKNOWN_VALUE",
                        absl::StrCat("must be day, week or month, is ", static_cast<int>(bucket)));
  }
  const auto grouping = Grouping::Make(request.group_by());
  if (!grouping.ok()) return grouping.status();
  const uint64_t fingerprint = RequestFingerprint(request);
  const auto page = CheckPage(request.page_size(), request.page_token(), kPageSizes, fingerprint);
  if (!page.ok()) return page.status();

  const LedgerView::Reader reader(replica_.view());
  const auto known_at = ResolveKnownAt(request.read(), *page, reader);
  if (!known_at.ok()) return known_at.status();
  const CellFilter matches(*filter, reader);
  RowSums sums;
  reader.ForEachCell(*known_at, matches, [&](const CellKey& key, const CellTotal& cell) {
    sums[{BucketStart(key.day, bucket), grouping->ValuesOf(key)}].Add(cell);
  });
  const std::vector<Row> rows = OrderRows(sums, *grouping, reader);

  v1::GetTimelineResponse response;
  *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
  *response.mutable_filter() = *filter;
  const int64_t row_count = static_cast<int64_t>(rows.size());
  const int64_t begin = std::min(page->after, row_count);
  const int64_t end = std::min(begin + page->size, row_count);
  for (int64_t i = begin; i < end; ++i) {
    v1::TimelineRow& row = *response.add_rows();
    row.set_bucket_start(FormatDay(rows[i].bucket));
    grouping->ToProto(rows[i].group, reader, row.mutable_group());
    rows[i].sum.ToProto(matches.by_sex() || grouping->by_sex(), row.mutable_figure());
    row.set_cumulative_headcount(rows[i].cumulative_headcount);
  }
  if (end < row_count) {
    response.set_next_page_token(MakePageToken(fingerprint, *known_at, end));
  }
  return response;
}

}  // namespace repatriation
