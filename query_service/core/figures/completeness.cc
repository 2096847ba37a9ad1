#include "query_service/core/figures/completeness.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "query_service/core/selection/cell_filter.h"

namespace repatriation {
namespace {

absl::optional<DayNumber> Earlier(absl::optional<DayNumber> a, DayNumber b) {
  return std::min(a.value_or(b), b);
}

// Whether an event that matches `filter` is after `day`. Uses a row plan of its own,
// which caches the few cells that match.
bool CountsAfter(DayNumber day, const CheckedFilter& filter, Position known_at,
                 const LedgerView::Reader& reader, RowPlanCache& plans) {
  FigureQuestion later;
  later.filter = filter;
  later.filter.days.from = std::max(filter.days.from, day + 1);
  const std::string from = FormatDay(later.filter.days.from);
  // There are no days after 9999-12-31.
  if (!ParseDay(from).has_value()) return false;
  later.filter.proto.mutable_days()->set_from(from);
  later.key = absl::StrCat("after a mark\n", later.filter.proto.SerializeAsString());
  const auto plan = plans.PlanOf(later, reader);
  if (plan->lines().empty()) return false;
  const std::vector<CellTotal> sums = plan->SumAfter(reader.PostingsThrough(known_at));
  return sums[plan->lines().front().row].events > 0;
}

}  // namespace

absl::optional<DayNumber> ReportedThroughDay(
    absl::Span<const RecordBook::Record* const> marks,
    const google::protobuf::RepeatedPtrField<std::string>& sites, Position known_at) {
  // (site, reporter) -> day
  std::map<std::pair<absl::string_view, absl::string_view>, DayNumber> latest;
  for (const RecordBook::Record* record : marks) {
    if (record->position > known_at) break;
    const v1::ReportedThrough& mark = record->content.reported_through();
    const auto day = ParseDay(mark.day());
    if (day.has_value()) latest[{mark.site(), mark.reporter()}] = *day;
  }
  absl::optional<DayNumber> of_sites;
  bool all_sites = sites.size() > 0;
  for (const std::string& site : sites) {
    auto mark = latest.lower_bound({site, ""});
    // The empty name means events without a site, for which there are no marks apart from
    // the mission's.
    const bool own = !site.empty() && mark != latest.end() && mark->first.first == site;
    all_sites = all_sites && own;
    if (!all_sites) break;
    for (; mark != latest.end() && mark->first.first == site; ++mark) {
      of_sites = Earlier(of_sites, mark->second);
    }
  }
  if (all_sites) return of_sites;
  absl::optional<DayNumber> of_all;
  for (const auto& [who, day] : latest) of_all = Earlier(of_all, day);
  return of_all;
}

v1::Completeness CompletenessOf(absl::optional<DayNumber> reported_through, const DayInterval& days,
                                absl::FunctionRef<bool(DayNumber)> counts_after) {
  v1::Completeness completeness;
  if (!reported_through.has_value()) {
    completeness.set_includes_unknown_days(true);
    return completeness;
  }
  completeness.set_reported_through(FormatDay(*reported_through));
  const bool endless = days.to == DayInterval().to;
  completeness.set_includes_unknown_days(endless ? counts_after(*reported_through)
                                                 : days.to - 1 > *reported_through);
  return completeness;
}

v1::Completeness CompletenessOf(const CheckedFilter& filter, Position known_at,
                                const LedgerView::Reader& reader, RowPlanCache& plans) {
  const auto& marks = reader.records().MarksOf(filter.proto.missions(0));
  const auto never = [](DayNumber) { return false; };
  if (marks.empty()) return CompletenessOf(absl::nullopt, DayInterval(), never);  // the usual case
  return CompletenessOf(
      ReportedThroughDay(marks, filter.proto.sites(), known_at), filter.days,
      [&](DayNumber day) { return CountsAfter(day, filter, known_at, reader, plans); });
}

}  // namespace repatriation
