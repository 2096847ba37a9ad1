// Completeness, and timelines with filled gaps.
#include <algorithm>

#include "tests/property/naive_model.h"
#include "tests/property/naive_values.h"

namespace repatriation {

// The last mark of each reporter and site counts. A figure of sites that all have marks
// depends on these, any other on all marks.
std::string NaiveModel::ReportedThrough(const v1::Filter& filter, int64_t known_at) const {
  std::map<std::pair<std::string, std::string>, std::string> days;  // by site, reporter
  std::set<std::string> marked;
  for (const v1::Record* record : RecordsOf(filter.missions(0), known_at)) {
    if (!record->has_reported_through()) continue;
    const v1::ReportedThrough& mark = record->reported_through();
    std::string& day = days[{mark.site(), mark.reporter()}];
    day = fault_ == ModelFault::kMarksNeverGoBack ? std::max(day, mark.day()) : mark.day();
    if (!mark.site().empty()) marked.insert(mark.site());
  }
  const bool by_site = !filter.sites().empty() && fault_ != ModelFault::kMarksOfSitesIgnored &&
                       std::all_of(filter.sites().begin(), filter.sites().end(),
                                   [&](const auto& site) { return marked.contains(site); });
  std::string through;
  for (const auto& [who, day] : days) {
    if (by_site && !IsOneOf(filter.sites(), who.first)) continue;
    const bool sooner = fault_ == ModelFault::kOneReporterIsEnough ? day > through : day < through;
    if (through.empty() || sooner) through = day;
  }
  return through;
}

v1::Completeness NaiveModel::CompletenessOf(const v1::Filter& filter, int64_t known_at) const {
  v1::Completeness completeness;
  const std::string through = ReportedThrough(filter, known_at);
  completeness.set_reported_through(through);
  // A range without an end extends through the last day with an event.
  std::string end = filter.days().to();
  if (end.empty() && fault_ != ModelFault::kOpenEndIsComplete) {
    for (const auto& [key, bin] : Count(filter, {}, v1::BUCKET_DAY, known_at)) {
      end = DayAfter(key[0]);
    }
  }
  completeness.set_includes_unknown_days(through.empty() ||
                                         (!end.empty() && DayAfter(through) < end));
  return completeness;
}

std::vector<v1::TimelineRow> NaiveModel::FilledTimeline(const v1::GetTimelineRequest& request,
                                                        int64_t known_at) const {
  const v1::Filter& filter = request.filter();
  const Bins bins = Count(filter, DimensionsOf(request.group_by()), request.bucket(), known_at);
  std::string first = filter.days().from();
  std::string end = filter.days().to();
  std::map<std::vector<std::string>, v1::Group> groups;
  for (const auto& [key, bin] : bins) {
    if (first.empty()) first = key[0];
    if (filter.days().to().empty()) end = key[0];  // its bucket's first day for now
    groups[{key.begin() + 1, key.end()}] = bin.group;
  }
  if (request.group_by().empty()) groups[{}];
  if (first.empty() || end.empty()) return {};

  // Which days of each bucket match, and whether all of them are reported.
  const std::string through = ReportedThrough(filter, known_at);
  const auto asked = [&](const std::string& day) {
    return filter.days().to().empty() ? BucketOf(day, request.bucket()) <= end : day < end;
  };
  std::map<std::string, bool> complete;
  for (std::string day = first; asked(day); day = DayAfter(day)) {
    const auto [bucket, added] = complete.try_emplace(BucketOf(day, request.bucket()), true);
    if (!added && fault_ == ModelFault::kBucketCompleteByItsFirstDay) continue;
    bucket->second = bucket->second && day <= through;
  }

  std::vector<v1::TimelineRow> rows;
  std::map<std::vector<std::string>, std::vector<int64_t>> counted;  // by group, each bucket
  std::vector<bool> completed;
  for (const auto& [start, is_complete] : complete) {
    completed.push_back(is_complete);
    for (const auto& [group_key, group] : groups) {
      std::vector<std::string> key = {start};
      key.insert(key.end(), group_key.begin(), group_key.end());
      const auto bin = bins.find(key);
      v1::TimelineRow& row = rows.emplace_back();
      row.set_bucket_start(start);
      *row.mutable_group() = group;
      row.set_incomplete(!is_complete);
      if (bin != bins.end()) {
        ToFigure(bin->second, row.mutable_figure());
      } else if (is_complete || fault_ == ModelFault::kUnknownIsZero) {
        row.mutable_figure();
      }
      std::vector<int64_t>& heads = counted[group_key];
      heads.push_back(bin == bins.end() ? 0 : bin->second.headcount);
      for (const int64_t each : heads) {
        row.set_cumulative_headcount(row.cumulative_headcount() + each);
      }
      SetMean(request.moving_average_buckets(), heads, completed, &row);
    }
  }
  return rows;
}

void NaiveModel::SetMean(int buckets, const std::vector<int64_t>& heads,
                         const std::vector<bool>& completed, v1::TimelineRow* row) const {
  const int present = static_cast<int>(heads.size());
  if (buckets == 0) return;
  if (fault_ == ModelFault::kMeanOfFewerBuckets) buckets = std::min(buckets, present);
  if (present < buckets) return;
  int64_t sum = 0;
  for (int i = present - buckets; i < present; ++i) {
    if (!completed[i]) return;
    sum += heads[i];
  }
  row->set_moving_average(static_cast<double>(sum) / buckets);
}

}  // namespace repatriation
