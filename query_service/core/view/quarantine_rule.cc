#include "query_service/core/view/quarantine_rule.h"

#include <algorithm>
#include <tuple>

namespace repatriation {
namespace {

// Whether events of this kind take people out of the mission.
bool Departs(v1::Kind kind) {
  return kind == v1::KIND_REPATRIATION || kind == v1::KIND_SEPARATION || kind == v1::KIND_DEATH;
}

int64_t SumOf(const QuarantineRule::Changes& changes, const QuarantineRule::Group& group,
              DayNumber after, DayNumber through) {
  const auto found = changes.find(group);
  if (found == changes.end()) return 0;
  int64_t sum = 0;
  const auto end = found->second.upper_bound(through);
  for (auto day = found->second.upper_bound(after); day != end; ++day) sum += day->second;
  return sum;
}

}  // namespace

template <typename Visit>
void QuarantineRule::ForEachChange(const CellKey& key, int64_t headcount, Visit visit) {
  if (key.status != v1::EVENT_STATUS_ACTUAL || key.country == 0) return;
  const auto at = [&](TextId site) { return Group{key.mission, key.country, site, key.category}; };
  if (key.kind == v1::KIND_RELOCATION) {
    if (key.site != 0) visit(at(key.site), -headcount);
    if (key.destination_site != 0) visit(at(key.destination_site), headcount);
    return;
  }
  const int64_t change = Departs(key.kind) ? -headcount : headcount;
  visit(at(0), change);
  if (key.site != 0) visit(at(key.site), change);
}

void QuarantineRule::AddChange(const CellKey& key, int64_t headcount, Changes& changes) {
  ForEachChange(key, headcount,
                [&](const Group& group, int64_t change) { changes[group][key.day] += change; });
}

void QuarantineRule::AddChange(const CellKey& key, int64_t headcount) {
  ForEachChange(key, headcount, [&](const Group& group, int64_t change) {
    changes_[group][key.day] += change;
    const auto tables = tables_.find(group);
    if (tables == tables_.end()) return;
    const auto next = tables->second.lower_bound(key.day);
    if (next != tables->second.begin()) std::prev(next)->second.change += change;
  });
}

void QuarantineRule::AddStrength(const Group& group, TextId series, DayNumber as_of,
                                 int64_t headcount, const std::function<void()>& add_history) {
  Tables& tables = tables_[group];
  const auto [table, added] = tables.try_emplace(as_of);
  table->second.strength[series] = headcount;
  if (added) {
    const auto through = [&](Tables::iterator of) {
      const auto next = std::next(of);
      return next == tables.end() ? INT32_MAX : next->first;
    };
    // Until now the earlier table covered these days.
    table->second.change = SumOf(changes_, group, as_of, through(table));
    if (table != tables.begin()) std::prev(table)->second.change -= table->second.change;
  }
  if (missions_.insert(group.mission).second) add_history();
}

absl::InlinedVector<QuarantineRule::Group, 2> QuarantineRule::GroupsOf(const CellKey& key) {
  absl::InlinedVector<Group, 2> groups;
  if (key.country == 0) return groups;
  if (Departs(key.kind)) groups.push_back({key.mission, key.country, 0, key.category});
  if ((Departs(key.kind) || key.kind == v1::KIND_RELOCATION) && key.site != 0) {
    groups.push_back({key.mission, key.country, key.site, key.category});
  }
  return groups;
}

bool QuarantineRule::Exceeds(const CellKey& key, int64_t headcount, const Changes& more) const {
  if (key.status != v1::EVENT_STATUS_ACTUAL || !TracksMission(key.mission)) return false;
  const auto groups = GroupsOf(key);
  return std::any_of(groups.begin(), groups.end(), [&](const Group& group) {
    const auto limit = LimitFor(group, key.day, more);
    return limit.has_value() && limit->strength + limit->change < headcount;
  });
}

absl::optional<QuarantineRule::StrengthLimit> QuarantineRule::LimitFor(const Group& group,
                                                                       DayNumber day,
                                                                       const Changes& more) const {
  const auto tables = tables_.find(group);
  if (tables == tables_.end()) return absl::nullopt;
  // A table gives the strength at the end of its day.
  const auto next = tables->second.lower_bound(day);
  if (next == tables->second.begin()) return absl::nullopt;
  const auto& [as_of, table] = *std::prev(next);
  StrengthLimit limit;
  limit.as_of = as_of;
  limit.strength = -1;
  for (const auto& [series, rows] : table.strength) {
    // Of equal rows the series with the lower id wins, so that replicas agree.
    if (std::tuple(rows, -int64_t{series}) <= std::tuple(limit.strength, -int64_t{limit.series})) {
      continue;
    }
    limit.strength = rows;
    limit.series = series;
  }
  const DayNumber through = next == tables->second.end() ? INT32_MAX : next->first;
  limit.change = table.change + SumOf(more, group, as_of, through);
  return limit;
}

}  // namespace repatriation
