// Strength tables.
#include <algorithm>
#include <tuple>

#include "tests/property/naive_model.h"
#include "tests/property/naive_values.h"

namespace repatriation {
namespace {

// Whether a row's country or site is one of those queried. An unset one matches none.
bool IsSelected(const std::string& name, const std::set<std::string>& names) {
  return names.empty() || (!name.empty() && names.contains(name));
}

bool Overlap(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}

bool IsLeaf(v1::Category category) { return category <= v1::CATEGORY_NATIONAL_STAFF; }

}  // namespace

std::optional<v1::Mandate> NaiveModel::MandateOf(const std::string& mission,
                                                 int64_t known_at) const {
  std::optional<v1::Mandate> mandate;
  for (const v1::Record* record : RecordsOf(mission, known_at)) {
    if (record->has_mandate()) mandate = record->mandate();
  }
  return mandate;
}

// By series, then day.
const std::vector<NaiveModel::Table>& NaiveModel::TablesOf(const std::string& mission,
                                                           int64_t known_at) const {
  const auto [known, added] = tables_.try_emplace({mission, known_at});
  std::vector<Table>& sorted = known->second;
  if (!added) return sorted;
  std::map<std::pair<std::string, std::string>, Table> tables;
  for (const Accepted& entry : accepted_) {
    const v1::StrengthReport& row = entry.submission.record().strength();
    if (entry.position > known_at) break;
    if (!entry.submission.record().has_strength() || row.mission() != mission) continue;
    Table& table = tables[{row.series(), row.as_of()}];
    table.series = row.series();
    table.as_of = row.as_of();
    table.position = entry.position;
    std::erase_if(table.rows, [&](const v1::StrengthReport& earlier) {
      return earlier.category() == row.category() && earlier.country() == row.country() &&
             earlier.site() == row.site();
    });
    table.rows.push_back(row);
  }
  for (const auto& [key, table] : tables) sorted.push_back(table);
  return sorted;
}

bool NaiveModel::IsWithin(v1::Category category, const Asked& asked) const {
  for (int leaf = v1::CATEGORY_CONTINGENT_TROOPS; leaf <= v1::CATEGORY_NATIONAL_STAFF; ++leaf) {
    const auto of_it = static_cast<v1::Category>(leaf);
    if (Covers(category, of_it) && !asked.leaves.contains(of_it)) return false;
  }
  return true;
}

// A table covers people if it covers each of their categories: by a row of the category
// or of a sum within those queried, or because a table with a leaf of uniformed or of
// civilian personnel is complete for them, unless it has the category only without a
// country and countries are queried. National staff may be missing among others.
bool NaiveModel::CoversPeople(const Table& table, const Asked& asked) const {
  const std::set<std::string> unknown = {""};
  if (asked.countries == unknown || asked.sites == unknown) return false;
  for (const v1::Category leaf : asked.leaves) {
    bool named = false, given = false, complete = false;
    for (const v1::StrengthReport& row : table.rows) {
      if (!asked.sites.empty() && row.site().empty()) continue;
      given = given || row.category() == leaf;
      if (!asked.countries.empty() && row.country().empty()) continue;
      named = named || (Covers(row.category(), leaf) && IsWithin(row.category(), asked));
      for (const v1::Category staff : {v1::CATEGORY_UNIFORMED, v1::CATEGORY_CIVILIAN}) {
        complete = complete ||
                   (IsLeaf(row.category()) && Covers(staff, row.category()) && Covers(staff, leaf));
      }
    }
    const bool may_be_missing = leaf == v1::CATEGORY_NATIONAL_STAFF && asked.leaves.size() > 1;
    if (!named && !(complete && !given) && !may_be_missing) return false;
  }
  return true;
}

// People reported both as a sum and in parts count once, by the sum: of categories first,
// then of sites, then of countries.
std::optional<NaiveModel::Recorded> NaiveModel::RecordedIn(const Table& table,
                                                           const Asked& asked) const {
  if (!CoversPeople(table, asked)) return std::nullopt;
  std::vector<v1::StrengthReport> rows;
  for (const v1::StrengthReport& row : table.rows) {
    if (IsWithin(row.category(), asked) && IsSelected(row.country(), asked.countries) &&
        IsSelected(row.site(), asked.sites)) {
      rows.push_back(row);
    }
  }
  const auto breadth = [&](const v1::StrengthReport& row) {
    return std::make_tuple(LeavesOf(row.category()).size(), row.site().empty(),
                           row.country().empty());
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& a, const auto& b) { return breadth(a) > breadth(b); });
  Recorded total{0, 0};
  std::vector<v1::StrengthReport> counted;
  for (const v1::StrengthReport& row : rows) {
    const bool again = std::any_of(counted.begin(), counted.end(), [&](const auto& sum) {
      return Covers(sum.category(), *LeavesOf(row.category()).begin()) &&
             Overlap(sum.country(), row.country()) && Overlap(sum.site(), row.site());
    });
    if (again && fault_ != ModelFault::kSumsAndPartsBothCount) continue;
    counted.push_back(row);
    total.headcount += row.headcount();
    if (!row.has_female()) total.female.reset();
    if (total.female.has_value()) *total.female += row.female();
  }
  return total;
}

const NaiveModel::Table* NaiveModel::BaselineOf(const std::vector<Table>& tables,
                                                const std::string& series, const std::string& as_of,
                                                const std::string& start,
                                                const Asked& asked) const {
  const auto better = [&](const Table& a, const Table& b) {
    if (const bool covers = CoversPeople(a, asked); covers != CoversPeople(b, asked)) return covers;
    const auto of_mission = [&](const Table& table) {
      return !asked.sites.empty() ||
             std::any_of(table.rows.begin(), table.rows.end(),
                         [](const auto& row) { return row.site().empty(); });
    };
    if (const bool whole = of_mission(a); whole != of_mission(b)) return whole;
    const bool a_in_time = a.as_of <= start, b_in_time = b.as_of <= start;
    if (a_in_time != b_in_time) return a_in_time;
    const bool latest = a_in_time && fault_ != ModelFault::kEarliestTableIsBaseline;
    if (a.as_of != b.as_of) return latest ? a.as_of > b.as_of : a.as_of < b.as_of;
    return a.rows.size() > b.rows.size();
  };
  const Table* best = nullptr;
  for (const Table& table : tables) {
    if (!series.empty() && table.series != series) continue;
    if (!as_of.empty() && table.as_of != as_of) continue;
    if (best == nullptr || better(table, *best)) best = &table;
  }
  return best;
}

}  // namespace repatriation
