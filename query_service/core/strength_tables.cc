#include "query_service/core/strength_tables.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace repatriation {
namespace {

using Reports = std::vector<const v1::StrengthReport*>;

// Whether rows that name a leaf of `group` stand for all of it.
bool Covers(const std::set<v1::Category>& categories, CategorySet group) {
  return std::any_of(categories.begin(), categories.end(), [&](v1::Category category) {
    return IsLeafCategory(category) && (LeavesOf(category) & group).any();
  });
}

// The rows that name one of `wanted` in a field, or, if none was asked for, the
// rows that leave it empty if there are any, or else all.
template <typename Field>
Reports Narrowed(const Reports& rows, const std::set<std::string>& wanted, Field field) {
  Reports narrowed;
  if (!wanted.empty()) {
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(narrowed),
                 [&](const auto* row) { return wanted.contains(field(*row)); });
    return narrowed;
  }
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(narrowed),
               [&](const auto* row) { return field(*row).empty(); });
  return narrowed.empty() ? rows : narrowed;
}

}  // namespace

void StrengthTable::Add(const v1::StrengthReport& row, Position position) {
  last_position_ = position;
  for (Row& known : rows_) {
    if (known.report->category() == row.category() && known.report->country() == row.country() &&
        known.report->site() == row.site()) {
      known = {&row, position};
      return;
    }
  }
  rows_.push_back({&row, position});
}

absl::optional<std::vector<const v1::StrengthReport*>> StrengthTable::RowsOf(
    const People& people) const {
  const auto country = [](const v1::StrengthReport& row) { return row.country(); };
  const auto site = [](const v1::StrengthReport& row) { return row.site(); };
  if (!people.countries.empty() && Countries().empty()) return absl::nullopt;
  if (!people.sites.empty() && Sites().empty()) return absl::nullopt;
  // By category, leaves first and then the smaller roll-ups: each counts if
  // nothing that counts already is in it.
  std::map<std::pair<size_t, v1::Category>, Reports> by_category;
  for (const Row& row : rows_) {
    const v1::Category category = row.report->category();
    const CategorySet leaves = LeavesOf(category);
    if ((leaves & ~people.leaves).any()) continue;
    by_category[{leaves.count(), category}].push_back(row.report);
  }
  const std::set<v1::Category> named = Categories();
  CategorySet counted;
  for (const v1::Category group : {v1::CATEGORY_UNIFORMED, v1::CATEGORY_CIVILIAN}) {
    if (Covers(named, LeavesOf(group))) counted |= LeavesOf(group);
  }
  CategorySet covered = counted;
  Reports rows;
  for (const auto& [key, reports] : by_category) {
    const CategorySet leaves = LeavesOf(key.second);
    const bool leaf = IsLeafCategory(key.second);
    if (!leaf && (leaves & covered).any()) continue;
    const Reports narrowed =
        Narrowed(Narrowed(reports, people.sites, site), people.countries, country);
    rows.insert(rows.end(), narrowed.begin(), narrowed.end());
    covered |= leaves;
  }
  const CategorySet national = LeavesOf(v1::CATEGORY_NATIONAL_STAFF);
  const CategorySet missing = people.leaves & ~covered;
  if (missing.any() && (missing != national || people.leaves == national)) return absl::nullopt;
  return rows;
}

absl::optional<int64_t> StrengthTable::HeadcountOf(const People& people) const {
  const auto rows = RowsOf(people);
  if (!rows.has_value()) return absl::nullopt;
  int64_t sum = 0;
  for (const auto* row : *rows) sum += row->headcount();
  return sum;
}

absl::optional<int64_t> StrengthTable::FemaleOf(const People& people) const {
  const auto rows = RowsOf(people);
  if (!rows.has_value()) return absl::nullopt;
  int64_t sum = 0;
  for (const auto* row : *rows) {
    if (!row->has_female()) return absl::nullopt;
    sum += row->female();
  }
  return sum;
}

std::set<v1::Category> StrengthTable::Categories() const {
  std::set<v1::Category> categories;
  for (const Row& row : rows_) categories.insert(row.report->category());
  return categories;
}

std::set<std::string> StrengthTable::Countries() const {
  std::set<std::string> countries;
  for (const Row& row : rows_) countries.insert(row.report->country());
  countries.erase("");
  return countries;
}

std::set<std::string> StrengthTable::Sites() const {
  std::set<std::string> sites;
  for (const Row& row : rows_) sites.insert(row.report->site());
  sites.erase("");
  return sites;
}

StrengthTables::StrengthTables(const std::deque<RecordBook::Record>& records, Position known_at) {
  std::map<std::pair<absl::string_view, DayNumber>, StrengthTable> tables;
  for (const RecordBook::Record& record : records) {
    if (record.position > known_at) break;
    if (!record.content.has_strength()) continue;
    const v1::StrengthReport& row = record.content.strength();
    const DayNumber as_of = ParseDay(row.as_of()).value_or(0);
    const auto table =
        tables.try_emplace({row.series(), as_of}, StrengthTable(row.series(), as_of)).first;
    table->second.Add(row, record.position);
  }
  for (auto& [key, table] : tables) tables_.push_back(std::move(table));
}

const StrengthTable* StrengthTables::Choose(absl::string_view series,
                                            absl::optional<DayNumber> as_of, DayNumber start,
                                            const People& people) const {
  // Of each series, the last table up to `start`, or the first after it.
  std::map<absl::string_view, const StrengthTable*> by_series;
  for (const StrengthTable& table : tables_) {
    if (!series.empty() && table.series() != series) continue;
    if (as_of.has_value() && table.as_of() != *as_of) continue;
    const StrengthTable*& chosen = by_series[table.series()];
    if (chosen == nullptr || as_of.has_value() || table.as_of() <= start) chosen = &table;
  }
  const StrengthTable* best = nullptr;
  const auto rank = [&](const StrengthTable& table) {
    return std::make_tuple(table.HeadcountOf(people).has_value(), table.as_of() <= start,
                           table.as_of(), table.row_count());
  };
  for (const auto& [name, table] : by_series) {
    if (best == nullptr || rank(*table) > rank(*best)) best = table;
  }
  return best;
}

const StrengthTable* StrengthTables::LatestOf(absl::string_view series, DayNumber day,
                                              const People& people) const {
  const StrengthTable* latest = nullptr;
  for (const StrengthTable& table : tables_) {
    if (table.series() == series && table.as_of() <= day && table.HeadcountOf(people).has_value()) {
      latest = &table;
    }
  }
  return latest;
}

}  // namespace repatriation
