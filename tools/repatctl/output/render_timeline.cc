#include "tools/repatctl/output/render_timeline.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/domain/bucket.h"
#include "common/domain/day.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/output/chart.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

constexpr int kBarColumnsMin = 10;
// Of a longer run of buckets without a report only the first and last are shown.
constexpr size_t kSilentBucketsMax = 31;

// The first days of the buckets between two.
std::vector<std::string> BucketsBetween(const std::string& earlier, const std::string& later,
                                        v1::Bucket bucket) {
  std::vector<std::string> between;
  const auto first = ParseDay(earlier);
  const auto last = ParseDay(later);
  if (!first.has_value() || !last.has_value()) return between;
  for (DayNumber day = NextBucket(*first, bucket); day < *last; day = NextBucket(day, bucket)) {
    between.push_back(FormatDay(day));
  }
  return between;
}

// The optional columns of a timeline's table.
struct ExtraColumns {
  bool moving_average = false;
  bool incomplete = false;
};

std::string AverageText(const v1::TimelineRow& row, const char* not_known) {
  return row.has_moving_average() ? absl::StrFormat("%.1f", row.moving_average()) : not_known;
}

// Builds a timeline's table, with a bar for each row.
class TimelineRows {
 public:
  TimelineRows(const Dimensions& dimensions, ExtraColumns extra, int columns)
      : dimensions_(dimensions), extra_(extra), columns_(columns) {
    table_.AddColumn("bucket_start", Align::kLeft);
    for (const std::string& name : GroupColumns(dimensions)) table_.AddColumn(name, Align::kLeft);
    table_.AddColumn("headcount", Align::kRight);
    table_.AddColumn("cumulative_headcount", Align::kRight);
    table_.AddColumn("events", Align::kRight);
    if (extra.moving_average) table_.AddColumn("moving_average", Align::kRight);
    if (extra.incomplete) table_.AddColumn("incomplete", Align::kLeft);
  }

  void Add(const v1::TimelineRow& row) {
    std::vector<std::string> cells = GroupCells(row.group(), dimensions_);
    cells.insert(cells.begin(), row.bucket_start());
    for (const int64_t number :
         {row.figure().headcount(), row.cumulative_headcount(), row.figure().events()}) {
      cells.push_back(row.has_figure() ? WithThousands(number) : kNotKnown);
    }
    if (extra_.moving_average) cells.push_back(AverageText(row, kNotKnown));
    if (extra_.incomplete) cells.push_back(row.incomplete() ? "yes" : "");
    table_.AddRow(std::move(cells));
    headcounts_.push_back(row.figure().headcount());
  }

  void AddSilent(const std::vector<std::string>& buckets) {
    if (buckets.size() <= kSilentBucketsMax) {
      for (const std::string& bucket : buckets) AddNoReport(bucket);
      return;
    }
    AddNoReport(buckets.front());
    AddNoReport(absl::StrCat("(", buckets.size() - 2, " more)"));
    AddNoReport(buckets.back());
  }

  std::string Render() && {
    int64_t most = 0;
    for (const int64_t headcount : headcounts_) most = std::max(most, headcount);
    const int bar_columns = std::max(kBarColumnsMin, columns_ - table_.width() - kTableGapColumns);
    std::vector<std::string> bars;
    for (const int64_t headcount : headcounts_) bars.push_back(Bar(headcount, most, bar_columns));
    table_.AddColumn("", Align::kLeft, std::move(bars));
    return table_.Render();
  }

 private:
  void AddNoReport(const std::string& bucket) {
    std::vector<std::string> cells(dimensions_.size() + 1);
    cells.front() = bucket;
    cells.push_back("no report");
    table_.AddRow(std::move(cells));
    headcounts_.push_back(0);
  }

  const Dimensions& dimensions_;
  const ExtraColumns extra_;
  const int columns_;
  Table table_;
  std::vector<int64_t> headcounts_;
};

}  // namespace

std::string TimelineTable(const v1::GetTimelineResponse& response, const Dimensions& dimensions,
                          v1::Bucket bucket, int columns, bool moving_average) {
  const auto& all = response.rows();
  const bool incomplete =
      std::any_of(all.begin(), all.end(), [](const auto& row) { return row.incomplete(); });
  TimelineRows rows(dimensions, {moving_average, incomplete}, columns);
  const std::string* previous = nullptr;
  for (const auto& row : response.rows()) {
    if (previous != nullptr) rows.AddSilent(BucketsBetween(*previous, row.bucket_start(), bucket));
    previous = &row.bucket_start();
    rows.Add(row);
  }
  return absl::StrCat(std::move(rows).Render(),
                      response.has_completeness() ? CompletenessLine(response.completeness()) : "",
                      HeaderLine(response.header()));
}

std::string TimelineCsv(const v1::GetTimelineResponse& response, const Dimensions& dimensions,
                        bool fill_gaps) {
  std::vector<std::string> header = GroupColumns(dimensions);
  header.insert(header.begin(), "bucket_start");
  header.insert(header.end(), {"headcount", "cumulative_headcount", "events"});
  if (fill_gaps) header.insert(header.end(), {"incomplete", "moving_average"});
  std::string text = CsvLine(header);
  for (const auto& row : response.rows()) {
    std::vector<std::string> cells = GroupCells(row.group(), dimensions);
    cells.insert(cells.begin(), row.bucket_start());
    for (const int64_t number :
         {row.figure().headcount(), row.cumulative_headcount(), row.figure().events()}) {
      cells.push_back(row.has_figure() ? absl::StrCat(number) : "");
    }
    if (fill_gaps) {
      cells.push_back(row.incomplete() ? "true" : "false");
      cells.push_back(AverageText(row, ""));
    }
    absl::StrAppend(&text, CsvLine(cells));
  }
  return text;
}

}  // namespace repatriation
