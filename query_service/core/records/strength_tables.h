// The strength tables of one mission: what its strength reports say, as known
// at a position.
//
// Thread-safety: immutable once made; refers to the records that it was made of.
#ifndef QUERY_SERVICE_CORE_RECORDS_STRENGTH_TABLES_H_
#define QUERY_SERVICE_CORE_RECORDS_STRENGTH_TABLES_H_

#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/domain/category.h"
#include "common/domain/day.h"
#include "query_service/core/records/record_book.h"

namespace repatriation {

// Whose strength: of any of these categories, countries and sites; empty sets
// of the latter two stand for all.
struct People {
  CategorySet leaves;
  std::set<std::string> countries;
  std::set<std::string> sites;
};

// Those of a category, a country and a site; an empty text stands for all.
People PeopleOf(v1::Category category, const std::string& country, const std::string& site);

// The rows of one series as of one day.
class StrengthTable {
 public:
  StrengthTable(absl::string_view series, DayNumber as_of) : series_(series), as_of_(as_of) {}

  // Takes in a row, in the place of an earlier one for the same people. The
  // row must outlive the table.
  void Add(const v1::StrengthReport& row, Position position);

  absl::string_view series() const { return series_; }
  DayNumber as_of() const { return as_of_; }
  // Whether every row names a site.
  bool by_site_only() const { return by_site_only_; }
  size_t row_count() const { return rows_.size(); }
  Position last_position() const { return last_position_; }
  // In the order in which their people were first named.
  const std::vector<const v1::StrengthReport*>& rows() const { return rows_; }

  // How many of these people there were; nullopt where the table does not say.
  //
  // What is given both as a sum and in parts is counted once, as the sum: parts
  // may be given of some alone, and are taken where only they name the
  // category, country or site asked for. A table with leaves of uniformed (or
  // civilian) personnel is taken to be complete for them: a country, site or
  // category that it does not name had nobody. It says nothing by country or
  // site if it names none at all, nothing by country of a leaf that it gives
  // without countries, and nothing of people whose country or site is not known
  // (""). National staff that no row names do not count.
  absl::optional<int64_t> HeadcountOf(const People& people) const;
  // The women among them, where every row that counts says how many.
  absl::optional<int64_t> FemaleOf(const People& people) const;
  // Whether HeadcountOf() has an answer.
  bool Says(const People& people) const;

  // The categories that rows name, without duplicates, in order.
  std::set<v1::Category> Categories() const;

 private:
  // Category, country and site of a row; the texts are the row's own.
  using Key = std::tuple<v1::Category, absl::string_view, absl::string_view>;

  // The rows that are of nobody but `people`, found by whichever of country and
  // site leaves fewer to look at.
  std::vector<const v1::StrengthReport*> RowsWithin(const People& people) const;
  // The rows whose sum is the answer. REQUIRES: Says(people).
  std::vector<const v1::StrengthReport*> RowsOf(const People& people) const;

  std::string series_;
  DayNumber as_of_;
  std::vector<const v1::StrengthReport*> rows_;
  absl::flat_hash_map<Key, size_t> numbers_;  // of the rows
  // Numbers of the rows.
  std::map<absl::string_view, std::vector<size_t>> by_country_;
  absl::flat_hash_map<absl::string_view, std::vector<size_t>> by_site_;
  // Categories of the rows: of all, or of those that name a country, a site.
  CategorySet named_[2][2];
  Position last_position_ = 0;
  bool by_site_only_ = true;
};

class StrengthTables {
 public:
  // `records` must outlive the tables.
  StrengthTables(const std::deque<RecordBook::Record>& records, Position known_at);

  // By series, then day.
  const std::vector<StrengthTable>& tables() const { return tables_; }

  // The table that a baseline names: of its series (empty: any) and day (absent:
  // any) the one that says something of `people` if any does, and rather one with
  // rows of the whole mission than of sites alone; of several the
  // latest that is not after `start`, or else the first after it; then the one
  // with most rows, then the first by name. Null if there is none.
  const StrengthTable* Choose(absl::string_view series, absl::optional<DayNumber> as_of,
                              DayNumber start, const People& people) const;

  // Of each series what Choose() gives, if it says something of `people`; by series.
  std::vector<const StrengthTable*> Choosable(DayNumber start, const People& people) const;

  // The last table that says something of `people` and is not after `day`, of
  // `series`; null if there is none.
  const StrengthTable* LatestOf(absl::string_view series, DayNumber day,
                                const People& people) const;

 private:
  std::vector<StrengthTable> tables_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECORDS_STRENGTH_TABLES_H_
