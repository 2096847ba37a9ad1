// The strength tables of one mission: its strength reports as known at a position.
//
// Thread-safety: immutable. The records that it is built from must outlive it.
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

// Whose strength: any of these categories, countries and sites. Empty `countries` or
// `sites` mean all.
struct People {
  CategorySet leaves;
  std::set<std::string> countries;
  std::set<std::string> sites;
};

// The people of a category, a country and a site; an empty text means all.
People PeopleOf(v1::Category category, const std::string& country, const std::string& site);

// The rows of one series for one day.
class StrengthTable {
 public:
  StrengthTable(absl::string_view series, DayNumber as_of) : series_(series), as_of_(as_of) {}

  // Adds a row, replacing an earlier one for the same people. The row must outlive the
  // table.
  void Add(const v1::StrengthReport& row, Position position);

  absl::string_view series() const { return series_; }
  DayNumber as_of() const { return as_of_; }
  // Whether every row names a site.
  bool by_site_only() const { return by_site_only_; }
  size_t row_count() const { return rows_.size(); }
  Position last_position() const { return last_position_; }
  // In the order in which their people first appeared.
  const std::vector<const v1::StrengthReport*>& rows() const { return rows_; }

  // The number of these people; nullopt if the table does not cover them.
  //
  // People reported both as a sum and in parts are counted once, by the sum, since the
  // parts may be incomplete; parts count where only they name the category, country or
  // site queried. A table with leaves of uniformed (or civilian) personnel is assumed
  // complete for them: a country, site or category that it does not name had nobody. It
  // does not cover countries or sites if it names none, a leaf by country if it reports
  // that leaf without countries, nor people of unknown country or site (""). National
  // staff that no row names do not count.
  absl::optional<int64_t> HeadcountOf(const People& people) const;
  // The women among them, if every row that counts gives their number.
  absl::optional<int64_t> FemaleOf(const People& people) const;
  // Whether HeadcountOf() has a value.
  bool Covers(const People& people) const;

  // The categories of the rows.
  std::set<v1::Category> Categories() const;

 private:
  // Category, country and site of a row; views of the row's texts.
  using Key = std::tuple<v1::Category, absl::string_view, absl::string_view>;

  // The rows of `people` only, found by country or by site, whichever has fewer rows.
  std::vector<const v1::StrengthReport*> RowsWithin(const People& people) const;
  // The rows whose sum is the answer. REQUIRES: Covers(people).
  std::vector<const v1::StrengthReport*> RowsOf(const People& people) const;

  std::string series_;
  DayNumber as_of_;
  std::vector<const v1::StrengthReport*> rows_;
  absl::flat_hash_map<Key, size_t> numbers_;  // of the rows
  // Numbers of the rows.
  std::map<absl::string_view, std::vector<size_t>> by_country_;
  absl::flat_hash_map<absl::string_view, std::vector<size_t>> by_site_;
  // Categories of the rows, indexed by [only rows with a country][only rows with a site].
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

  // The baseline table of a series (empty: any) and day (absent: any); null if there is
  // none. Of several, prefers in this order: one that covers `people`; one that is not by
  // site only; the latest not after `start`, or else the first after it; most rows; first
  // by name.
  const StrengthTable* Choose(absl::string_view series, absl::optional<DayNumber> as_of,
                              DayNumber start, const People& people) const;

  // For each series the table that Choose() returns, if it covers `people`; by series.
  std::vector<const StrengthTable*> ChoosePerSeries(DayNumber start, const People& people) const;

  // The last table of `series` that covers `people` and is not after `day`; null if there
  // is none.
  const StrengthTable* LatestOf(absl::string_view series, DayNumber day,
                                const People& people) const;

 private:
  std::vector<StrengthTable> tables_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECORDS_STRENGTH_TABLES_H_
