#include "query_service/core/figures/filled_timeline.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/domain/bucket.h"
#include "query_service/core/figures/completeness.h"
#include "query_service/core/figures/row_provenance.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {
namespace {

// What a group counts in one bucket; only if it counts an event.
struct Count {
  int64_t bucket;  // from 0
  size_t group;    // in the order of the answer
  CellTotal total;
};

class FilledTimeline {
 public:
  FilledTimeline(const FigureQuestion& question, Position known_at,
                 absl::optional<DayNumber> reported_through)
      : question_(question),
        known_at_(known_at),
        average_buckets_(question.moving_average_buckets),
        days_(question.filter.days),
        reported_through_(reported_through) {}

  // Adds the figures of `plan`; call once. INVALID_ARGUMENT if there are too many buckets.
  absl::Status AddFigures(const RowPlan& plan, const std::vector<CellTotal>& sums,
                          const LedgerView::Reader& reader) {
    const absl::Status found = FindBuckets(plan, sums);
    if (!found.ok()) return found;
    const std::vector<size_t> rank = FindGroups(plan, sums, reader);
    for (const RowPlan::Line& line : plan.lines()) {
      if (sums[line.row].events == 0) continue;
      const auto bucket = std::lower_bound(starts_.begin(), starts_.end(), plan.BucketOf(line));
      counts_.push_back({bucket - starts_.begin(), rank[line.group], sums[line.row]});
    }
    return absl::OkStatus();
  }

  int64_t rows() const {
    return static_cast<int64_t>(starts_.size()) * static_cast<int64_t>(groups_.size());
  }

  // Adds the rows with numbers in [begin, end).
  void AddRows(int64_t begin, int64_t end, bool by_sex, v1::GetTimelineResponse& response) const {
    const auto groups = static_cast<int64_t>(groups_.size());
    std::vector<int64_t> cumulative(groups_.size());
    std::vector<int64_t> window(groups_.size());  // of the moving average
    auto leaves = counts_.begin();                // the next to leave the window
    auto comes = counts_.begin();                 // the next to enter it
    for (int64_t bucket = 0; bucket * groups < end; ++bucket) {
      for (; leaves != comes && leaves->bucket <= bucket - average_buckets_; ++leaves) {
        window[leaves->group] -= leaves->total.headcount;
      }
      auto own = comes;
      for (; comes != counts_.end() && comes->bucket == bucket; ++comes) {
        cumulative[comes->group] += comes->total.headcount;
        window[comes->group] += comes->total.headcount;
      }
      const int64_t first = bucket * groups;
      for (int64_t group = std::max(begin - first, int64_t{0});
           group < std::min(end - first, groups); ++group) {
        while (own != comes && own->group < static_cast<size_t>(group)) ++own;
        const bool counts = own != comes && own->group == static_cast<size_t>(group);
        AddRow(bucket, group, counts ? &*own : nullptr, cumulative[group], window[group], by_sex,
               response);
      }
    }
  }

 private:
  // From the first to the last day of the filter, or else with an event.
  absl::Status FindBuckets(const RowPlan& plan, const std::vector<CellTotal>& sums) {
    absl::optional<DayNumber> first, last;
    for (const RowPlan::Line& line : plan.lines()) {
      if (sums[line.row].events == 0) continue;
      const DayNumber start = plan.BucketOf(line);
      first = std::min(first.value_or(start), start);
      last = std::max(last.value_or(start), start);
    }
    if (days_.from != DayInterval().from) first = BucketStart(days_.from, question_.bucket);
    if (days_.to != DayInterval().to) last = BucketStart(days_.to - 1, question_.bucket);
    if (!first.has_value() || !last.has_value()) return absl::OkStatus();
    for (DayNumber start = *first; start <= *last; start = NextBucket(start, question_.bucket)) {
      if (starts_.size() == kFilledBucketsMax) {
        return InvalidField(
            "fill_gaps", "TOO_MANY_BUCKETS",
            absl::StrCat("must produce at most ", kFilledBucketsMax, " buckets; from ",
                         FormatDay(*first), " through ", FormatDay(*last), " there are more"));
      }
      starts_.push_back(start);
    }
    return absl::OkStatus();
  }

  // Fills groups_, and returns the index in it of each group of the plan that counts an
  // event.
  std::vector<size_t> FindGroups(const RowPlan& plan, const std::vector<CellTotal>& sums,
                                 const LedgerView::Reader& reader) {
    std::vector<const RowPlan::Line*> first_lines(plan.group_count());
    for (const RowPlan::Line& line : plan.lines()) {
      if (sums[line.row].events > 0) first_lines[line.group] = &line;
    }
    std::vector<const RowPlan::Line*> order;
    for (const RowPlan::Line* line : first_lines) {
      if (line != nullptr) order.push_back(line);
    }
    std::sort(order.begin(), order.end(), [&](const RowPlan::Line* a, const RowPlan::Line* b) {
      return question_.grouping.Less(plan.ValuesOf(*a), plan.ValuesOf(*b), reader);
    });
    std::vector<size_t> rank(plan.group_count());
    for (const RowPlan::Line* line : order) {
      rank[line->group] = groups_.size();
      question_.grouping.ToProto(plan.ValuesOf(*line), reader, &groups_.emplace_back());
    }
    // Without dimensions there is always one group.
    if (groups_.empty() && question_.grouping.IsOfEverything()) groups_.emplace_back();
    return rank;
  }

  // Whether the bucket, as far as it is within the filter's days, is completely reported.
  bool IsComplete(int64_t bucket) const {
    const DayNumber end = std::min(NextBucket(starts_[bucket], question_.bucket), days_.to);
    return reported_through_.has_value() && end - 1 <= *reported_through_;
  }

  void AddRow(int64_t bucket, size_t group, const Count* own, int64_t cumulative, int64_t window,
              bool by_sex, v1::GetTimelineResponse& response) const {
    v1::TimelineRow& row = *response.add_rows();
    row.set_bucket_start(FormatDay(starts_[bucket]));
    *row.mutable_group() = groups_[group];
    const bool complete = IsComplete(bucket);
    row.set_incomplete(!complete);
    if (own != nullptr || complete) {
      FigureSum sum;
      if (own != nullptr) sum.Add(own->total);
      sum.ToProto(by_sex, row.mutable_figure());
    }
    row.set_cumulative_headcount(cumulative);
    // If a bucket is complete, all before it are.
    if (average_buckets_ > 0 && complete && bucket + 1 >= average_buckets_) {
      row.set_moving_average(static_cast<double>(window) / average_buckets_);
    }
    if (question_.with_provenance) {
      SetProvenance(FilterOfRow(question_, groups_[group], starts_[bucket]), known_at_, row);
    }
  }

  const FigureQuestion& question_;
  const Position known_at_;
  const int average_buckets_;
  const DayInterval days_;
  const absl::optional<DayNumber> reported_through_;
  std::vector<DayNumber> starts_;  // of the buckets
  std::vector<v1::Group> groups_;  // in the order of the answer
  std::vector<Count> counts_;      // by bucket, then group
};

}  // namespace

absl::StatusOr<v1::GetTimelineResponse> AnswerFilledTimeline(const FigureQuestion& question,
                                                             const v1::ReadOptions& read,
                                                             const Replica& replica,
                                                             RowPlanCache& plans) {
  const LedgerView::Reader reader(replica.view());
  const auto known_at = ResolveKnownAt(read, question.page, reader);
  if (!known_at.ok()) return known_at.status();
  const auto plan = plans.PlanOf(question, reader);
  const std::vector<CellTotal> sums = plan->SumAfter(reader.PostingsThrough(*known_at));
  const auto& marks = reader.records().MarksOf(*question.mission());
  FilledTimeline timeline(question, *known_at,
                          ReportedThroughDay(marks, question.filter.proto.sites(), *known_at));
  const absl::Status added = timeline.AddFigures(*plan, sums, reader);
  if (!added.ok()) return added;

  v1::GetTimelineResponse response;
  *response.mutable_header() = MakeHeader(replica, reader, *known_at);
  *response.mutable_filter() = question.filter.proto;
  const int64_t begin = std::min(question.page.after, timeline.rows());
  const int64_t end = std::min(begin + question.page.size, timeline.rows());
  timeline.AddRows(begin, end, plan->by_sex(), response);
  if (end < timeline.rows()) {
    response.set_next_page_token(MakePageToken(question.fingerprint, *known_at, end));
  }
  *response.mutable_completeness() = CompletenessOf(question.filter, *known_at, reader, plans);
  response.set_events_page_token(MakePageToken(plan->events_fingerprint(), *known_at, 0));
  return response;
}

}  // namespace repatriation
