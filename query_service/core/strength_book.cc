#include "query_service/core/strength_book.h"

#include <algorithm>

namespace repatriation {
namespace {

// Whether people of this kind of event leave the mission.
bool Departs(v1::Kind kind) {
  return kind == v1::KIND_REPATRIATION || kind == v1::KIND_SEPARATION || kind == v1::KIND_DEATH;
}

int64_t SumOf(const StrengthBook::Changes& changes, const StrengthBook::Group& group,
              DayNumber after, DayNumber through) {
  const auto found = changes.find(group);
  if (found == changes.end()) return 0;
  int64_t sum = 0;
  const auto end = found->second.upper_bound(through);
  for (auto day = found->second.upper_bound(after); day != end; ++day) sum += day->second;
  return sum;
}

}  // namespace

void StrengthBook::AddChange(const CellKey& key, int64_t headcount, Changes& changes) {
  if (key.status != v1::EVENT_STATUS_ACTUAL || key.country == 0) return;
  const Group all{key.mission, key.country, 0, key.category};
  const Group here{key.mission, key.country, key.site, key.category};
  const Group there{key.mission, key.country, key.destination_site, key.category};
  if (key.kind == v1::KIND_RELOCATION) {
    if (key.site != 0) changes[here][key.day] -= headcount;
    if (key.destination_site != 0) changes[there][key.day] += headcount;
    return;
  }
  const int64_t change = Departs(key.kind) ? -headcount : headcount;
  changes[all][key.day] += change;
  if (key.site != 0) changes[here][key.day] += change;
}

void StrengthBook::AddStrength(const Group& group, TextId series, DayNumber as_of,
                               int64_t headcount, const std::function<void()>& follow) {
  tables_[group][as_of][series] = headcount;
  if (missions_.insert(group.mission).second) follow();
}

bool StrengthBook::Exceeds(const CellKey& key, int64_t headcount, const Changes& more) const {
  if (key.status != v1::EVENT_STATUS_ACTUAL || key.country == 0 || !Follows(key.mission)) {
    return false;
  }
  const bool departs = Departs(key.kind);
  if (departs && Exceeds({key.mission, key.country, 0, key.category}, key.day, headcount, more)) {
    return true;
  }
  return (departs || key.kind == v1::KIND_RELOCATION) && key.site != 0 &&
         Exceeds({key.mission, key.country, key.site, key.category}, key.day, headcount, more);
}

bool StrengthBook::Exceeds(const Group& group, DayNumber day, int64_t headcount,
                           const Changes& more) const {
  const auto tables = tables_.find(group);
  if (tables == tables_.end()) return false;
  // A table gives the strength at the end of its day.
  const auto next = tables->second.lower_bound(day);
  if (next == tables->second.begin()) return false;
  const auto& [as_of, by_series] = *std::prev(next);
  int64_t strength = 0;
  for (const auto& [series, rows] : by_series) strength = std::max(strength, rows);
  const DayNumber through = next == tables->second.end() ? INT32_MAX : next->first;
  return strength + SumOf(changes_, group, as_of, through) + SumOf(more, group, as_of, through) <
         headcount;
}

}  // namespace repatriation
