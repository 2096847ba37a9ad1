#include "tools/repatctl/import/derived_movements.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace repatriation {

void StrengthSeries::Add(const v1::StrengthReport& report, int64_t line) {
  Cell& cell = tables_[report.mission()][report.as_of()][{report.country(), report.category()}];
  cell = {line, report.headcount(), absl::nullopt, report.source()};
  if (report.has_female()) cell.female = report.female();
}

std::vector<DerivedMovement> StrengthSeries::Movements() const {
  std::vector<DerivedMovement> movements;
  for (const auto& [mission, tables] : tables_) {
    const std::pair<const std::string, Table>* earlier = nullptr;
    for (const auto& table : tables) {
      if (earlier != nullptr) AddMovements(mission, *earlier, table, movements);
      earlier = &table;
    }
  }
  return movements;
}

void StrengthSeries::AddMovements(const std::string& mission,
                                  const std::pair<const std::string, Table>& a,
                                  const std::pair<const std::string, Table>& b,
                                  std::vector<DerivedMovement>& movements) {
  std::map<std::pair<std::string, v1::Category>, std::pair<Cell, Cell>> cells;
  for (const auto& [key, cell] : a.second) cells[key] = {cell, {}};
  for (const auto& [key, cell] : b.second) cells[key].second = cell;
  for (auto& [key, pair] : cells) {
    auto& [before, after] = pair;
    // A missing cell means nobody, so no women either.
    if (before.line == 0) before.female = 0;
    if (after.line == 0) after.female = 0;
    const Cell& named = after.line == 0 ? before : after;
    DerivedMovement movement{named.line, {}};
    v1::Event& event = movement.event;
    if (!SetChange(before, after, event)) continue;
    event.set_mission(mission);
    event.set_day(b.first);
    event.set_country(key.first);
    event.set_category(key.second);
    event.set_source(absl::StrCat("derived from ", named.source, ", ", a.first, " to ", b.first,
                                  " (synthetic: day)"));
    movements.push_back(std::move(movement));
  }
}

bool StrengthSeries::SetChange(const Cell& before, const Cell& after, v1::Event& event) {
  if (before.headcount == after.headcount) return false;
  const bool fell = after.headcount < before.headcount;
  const int32_t moved = std::abs(before.headcount - after.headcount);
  event.set_kind(fell ? v1::KIND_REPATRIATION : v1::KIND_ARRIVAL);
  event.set_headcount(moved);
  if (!before.female.has_value() || !after.female.has_value()) return true;
  const int32_t women = fell ? *before.female - *after.female : *after.female - *before.female;
  if (women >= 0 && women <= moved) event.set_female(women);
  return true;
}

}  // namespace repatriation
