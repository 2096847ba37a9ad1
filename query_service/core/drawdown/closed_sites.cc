#include "query_service/core/drawdown/closed_sites.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "query_service/core/drawdown/drawdown_rows.h"

namespace repatriation {
namespace {

struct Closure {
  std::string latest;  // recorded last
  std::set<std::string> days;
};

std::map<std::string, Closure> ClosuresAt(const std::deque<RecordBook::Record>& records,
                                          Position known_at) {
  std::map<std::string, Closure> closures;
  for (const RecordBook::Record& record : records) {
    if (record.position > known_at) break;
    if (!record.content.has_site_closure()) continue;
    const v1::SiteClosure& content = record.content.site_closure();
    Closure& closure = closures[content.site()];
    closure.latest = content.day();
    closure.days.insert(content.day());
  }
  return closures;
}

bool IsClosed(const Closure& closure, const DayInterval& days) {
  const auto day = ParseDay(closure.latest);
  return day.has_value() && *day < days.to;
}

// `question` grouped by site, for `sites` only.
DrawdownQuestion OfSites(const DrawdownQuestion& question, const std::set<std::string>& sites) {
  DrawdownQuestion by_site = question;
  by_site.filter.clear_sites();
  for (const std::string& site : sites) by_site.filter.add_sites(site);
  by_site.people.sites = sites;
  by_site.by_category = by_site.by_category_group = by_site.by_country = false;
  by_site.by_site = true;
  google::protobuf::RepeatedField<int> group_by;
  group_by.Add(v1::DIMENSION_SITE);
  by_site.grouping = Grouping::Make(group_by).value();
  return by_site;
}

// Sets who remains. Without strength, arrivals minus departures; unset if there are
// neither.
void SetRemaining(const v1::DrawdownRow& row, v1::SiteStanding& standing) {
  if (row.has_remaining()) return standing.set_remaining(row.remaining());
  const int64_t arrived = row.arrived() + row.relocated_in();
  const int64_t left = row.departed() + row.separated() + row.died() + row.relocated_out();
  if (arrived + left > 0) standing.set_remaining(arrived - left);
}

}  // namespace

void AddClosedSites(const DrawdownQuestion& question, const StrengthTable* table,
                    const DayInterval& days, const std::deque<RecordBook::Record>& records,
                    const LedgerView::Reader& reader, Position known_at,
                    google::protobuf::RepeatedPtrField<v1::SiteStanding>* standings) {
  const std::map<std::string, Closure> closures = ClosuresAt(records, known_at);
  std::set<std::pair<std::string, std::string>> closed;  // day, site
  std::set<std::string> sites;
  for (const auto& [site, closure] : closures) {
    const std::set<std::string>& selected = question.people.sites;
    if (!IsClosed(closure, days) || !(selected.empty() || selected.contains(site))) continue;
    closed.emplace(closure.latest, site);
    sites.insert(site);
  }
  if (closed.empty()) return;
  const DrawdownQuestion by_site = OfSites(question, sites);
  google::protobuf::RepeatedPtrField<v1::DrawdownRow> rows;
  DrawdownRows(by_site, days, reader, known_at).ToProto(table, &rows);
  std::map<std::string, const v1::DrawdownRow*> by_name;
  for (const v1::DrawdownRow& row : rows) by_name[row.group().site()] = &row;
  for (const auto& [day, site] : closed) {
    v1::SiteStanding& standing = *standings->Add();
    standing.set_site(site);
    standing.set_closed_day(day);
    for (const std::string& other : closures.at(site).days) {
      if (other != day) standing.add_other_days(other);
    }
    const auto row = by_name.find(site);
    if (row != by_name.end()) SetRemaining(*row->second, standing);
  }
}

}  // namespace repatriation
