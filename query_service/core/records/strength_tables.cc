#include "query_service/core/records/strength_tables.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace repatriation {
namespace {

// The people counted so far, so that nobody is counted twice.
class Counted {
 public:
  // Adds `leaves` of a country and site, "" meaning all, unless some of these people
  // were counted before. Returns whether they were added.
  bool Add(absl::string_view country, absl::string_view site, CategorySet leaves) {
    for (const auto& [counted_country, counted_site] : OverlapsOf(country, site)) {
      const auto counted = counted_.find({counted_country, counted_site});
      if (counted != counted_.end() && (counted->second & leaves).any()) return false;
    }
    for (const absl::string_view by_country : {country, kAny}) {
      for (const absl::string_view by_site : {site, kAny})
        counted_[{by_country, by_site}] |= leaves;
    }
    return true;
  }

 private:
  using Place = std::pair<absl::string_view, absl::string_view>;

  // Any country or site, including "". No text of an entry contains it.
  static constexpr absl::string_view kAny = "\n";

  static std::vector<Place> OverlapsOf(absl::string_view country, absl::string_view site) {
    const auto overlaps = [](absl::string_view text) -> std::vector<absl::string_view> {
      if (text.empty()) return {kAny};
      return {text, ""};
    };
    std::vector<Place> places;
    for (const absl::string_view by_country : overlaps(country)) {
      for (const absl::string_view by_site : overlaps(site))
        places.emplace_back(by_country, by_site);
    }
    return places;
  }

  absl::flat_hash_map<Place, CategorySet> counted_;
};

// Orders sums before their parts.
auto BreadthOf(const v1::StrengthReport& row) {
  return std::make_tuple(LeavesOf(row.category()).count(), row.site().empty(),
                         row.country().empty());
}

// Whether `name`, the country or site of a row, is one of those queried.
bool IsSelected(const std::string& name, const std::set<std::string>& names) {
  return names.empty() || (!name.empty() && names.contains(name));
}

// The numbers of the rows that name one of `names`.
template <typename Index>
std::vector<const std::vector<size_t>*> NumbersOf(const std::set<std::string>& names,
                                                  const Index& index) {
  std::vector<const std::vector<size_t>*> of_names;
  for (const std::string& name : names) {
    const auto found = index.find(name);
    if (!name.empty() && found != index.end()) of_names.push_back(&found->second);
  }
  return of_names;
}

size_t CountOf(const std::vector<const std::vector<size_t>*>& numbers) {
  size_t count = 0;
  for (const std::vector<size_t>* some : numbers) count += some->size();
  return count;
}

bool OnlyUnknown(const std::set<std::string>& names) {
  return names.size() == 1 && names.begin()->empty();
}

}  // namespace

People PeopleOf(v1::Category category, const std::string& country, const std::string& site) {
  People people;
  people.leaves = LeavesOf(category);
  if (!country.empty()) people.countries.insert(country);
  if (!site.empty()) people.sites.insert(site);
  return people;
}

void StrengthTable::Add(const v1::StrengthReport& row, Position position) {
  last_position_ = position;
  by_site_only_ = by_site_only_ && !row.site().empty();
  const auto [known, added] =
      numbers_.try_emplace(Key(row.category(), row.country(), row.site()), rows_.size());
  if (!added) {
    rows_[known->second] = &row;
    return;
  }
  rows_.push_back(&row);
  by_country_[row.country()].push_back(known->second);
  by_site_[row.site()].push_back(known->second);
  for (const bool country : {false, true}) {
    for (const bool site : {false, true}) {
      if ((country && row.country().empty()) || (site && row.site().empty())) continue;
      named_[country][site].set(row.category());
    }
  }
}

bool StrengthTable::Covers(const People& people) const {
  if (OnlyUnknown(people.countries) || OnlyUnknown(people.sites)) return false;
  const bool by_site = !people.sites.empty();
  const CategorySet& named = named_[!people.countries.empty()][by_site];
  // For leaves reported without a country, a country that is not named may have some.
  const CategorySet given = named_[false][by_site];
  CategorySet covered;
  for (size_t number = 0; number < named.size(); ++number) {
    if (!named.test(number)) continue;
    const auto category = static_cast<v1::Category>(number);
    const CategorySet leaves = LeavesOf(category);
    if (IsWithin(leaves, people.leaves)) covered |= leaves;
    if (!IsLeafCategory(category)) continue;
    for (const v1::Category group : {v1::CATEGORY_UNIFORMED, v1::CATEGORY_CIVILIAN}) {
      if (IsWithin(leaves, LeavesOf(group))) covered |= LeavesOf(group) & ~given;
    }
  }
  const CategorySet national = LeavesOf(v1::CATEGORY_NATIONAL_STAFF);
  const CategorySet missing = people.leaves & ~covered;
  return missing.none() || (missing == national && people.leaves != national);
}

std::vector<const v1::StrengthReport*> StrengthTable::RowsWithin(const People& people) const {
  const auto& [leaves, countries, sites] = people;
  auto numbers_of = NumbersOf(countries, by_country_);
  if (auto of_sites = NumbersOf(sites, by_site_);
      !sites.empty() && (countries.empty() || CountOf(of_sites) < CountOf(numbers_of))) {
    numbers_of = std::move(of_sites);
  } else if (countries.empty()) {
    for (const auto& [country, numbers] : by_country_) numbers_of.push_back(&numbers);
  }
  std::vector<const v1::StrengthReport*> rows;
  for (const std::vector<size_t>* numbers : numbers_of) {
    for (const size_t number : *numbers) {
      const v1::StrengthReport& row = *rows_[number];
      if (IsWithin(LeavesOf(row.category()), leaves) && IsSelected(row.country(), countries) &&
          IsSelected(row.site(), sites)) {
        rows.push_back(&row);
      }
    }
  }
  return rows;
}

std::vector<const v1::StrengthReport*> StrengthTable::RowsOf(const People& people) const {
  std::vector<const v1::StrengthReport*> rows = RowsWithin(people);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto* a, const auto* b) { return BreadthOf(*a) > BreadthOf(*b); });
  Counted counted;
  rows.erase(std::remove_if(rows.begin(), rows.end(),
                            [&](const auto* row) {
                              return !counted.Add(row->country(), row->site(),
                                                  LeavesOf(row->category()));
                            }),
             rows.end());
  return rows;
}

absl::optional<int64_t> StrengthTable::HeadcountOf(const People& people) const {
  if (!Covers(people)) return absl::nullopt;
  int64_t sum = 0;
  for (const auto* row : RowsOf(people)) sum += row->headcount();
  return sum;
}

absl::optional<int64_t> StrengthTable::FemaleOf(const People& people) const {
  if (!Covers(people)) return absl::nullopt;
  int64_t sum = 0;
  for (const auto* row : RowsOf(people)) {
    if (!row->has_female()) return absl::nullopt;
    sum += row->female();
  }
  return sum;
}

std::set<v1::Category> StrengthTable::Categories() const {
  std::set<v1::Category> categories;
  for (const auto* row : rows_) categories.insert(row->category());
  return categories;
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
  const auto rank = [&](const StrengthTable& table) {
    const bool in_time = table.as_of() <= start;
    // A table by site may cover only some sites of the mission.
    const bool whole = !people.sites.empty() || !table.by_site_only();
    return std::make_tuple(table.Covers(people), whole, in_time,
                           in_time ? table.as_of() : -table.as_of(), table.row_count());
  };
  const StrengthTable* best = nullptr;
  for (const StrengthTable& table : tables_) {
    if (!series.empty() && table.series() != series) continue;
    if (as_of.has_value() && table.as_of() != *as_of) continue;
    if (best == nullptr || rank(table) > rank(*best)) best = &table;
  }
  return best;
}

std::vector<const StrengthTable*> StrengthTables::ChoosePerSeries(DayNumber start,
                                                                  const People& people) const {
  std::set<absl::string_view> series;
  for (const StrengthTable& table : tables_) series.insert(table.series());
  std::vector<const StrengthTable*> chosen;
  for (const absl::string_view name : series) {
    const StrengthTable* table = Choose(name, absl::nullopt, start, people);
    if (table->Covers(people)) chosen.push_back(table);
  }
  return chosen;
}

const StrengthTable* StrengthTables::LatestOf(absl::string_view series, DayNumber day,
                                              const People& people) const {
  const StrengthTable* latest = nullptr;
  for (const StrengthTable& table : tables_) {
    if (table.series() == series && table.as_of() <= day && table.Covers(people)) {
      latest = &table;
    }
  }
  return latest;
}

}  // namespace repatriation
