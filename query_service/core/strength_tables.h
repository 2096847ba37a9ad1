// The strength tables of one mission: what its strength reports say, as known
// at a position.
//
// Thread-safety: immutable once made; refers to the records that it was made of.
#ifndef QUERY_SERVICE_CORE_STRENGTH_TABLES_H_
#define QUERY_SERVICE_CORE_STRENGTH_TABLES_H_

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/domain/category.h"
#include "common/domain/day.h"
#include "query_service/core/record_book.h"

namespace repatriation {

// Whose strength: of any of these categories, countries and sites; empty sets
// of the latter two stand for all.
struct People {
  CategorySet leaves;
  std::set<std::string> countries;
  std::set<std::string> sites;
};

// The rows of one series as of one day.
class StrengthTable {
 public:
  StrengthTable(absl::string_view series, DayNumber as_of) : series_(series), as_of_(as_of) {}

  // Takes in a row, in the place of an earlier one for the same people.
  void Add(const v1::StrengthReport& row, Position position);

  absl::string_view series() const { return series_; }
  DayNumber as_of() const { return as_of_; }
  size_t row_count() const { return rows_.size(); }
  Position last_position() const { return last_position_; }

  // How many of these people there were; nullopt where the table does not say.
  //
  // What is given both as a sum and in parts is counted once: a row without a
  // country or site stands for all of them unless parts are asked for; of
  // categories, leaves come before roll-ups. A table with leaves of uniformed
  // (or civilian) personnel is taken to be complete for them: a country, site
  // or category that it does not name had nobody. It says nothing by country
  // or site if it names none at all. National staff that no row names do not
  // count.
  absl::optional<int64_t> HeadcountOf(const People& people) const;
  // The women among them, where every row that counts says how many.
  absl::optional<int64_t> FemaleOf(const People& people) const;

  // The categories, countries or sites that rows name, without duplicates, in order.
  std::set<v1::Category> Categories() const;
  std::set<std::string> Countries() const;
  std::set<std::string> Sites() const;

 private:
  struct Row {
    const v1::StrengthReport* report;
    Position position;
  };

  // The rows whose sum is the answer; nullopt where the table does not say.
  absl::optional<std::vector<const v1::StrengthReport*>> RowsOf(const People& people) const;

  const std::string series_;
  const DayNumber as_of_;
  std::vector<Row> rows_;
  Position last_position_ = 0;
};

class StrengthTables {
 public:
  StrengthTables(const std::deque<RecordBook::Record>& records, Position known_at);

  // By series, then day.
  const std::vector<StrengthTable>& tables() const { return tables_; }

  // The table that a baseline names: its series and day; without a day the
  // series' latest that is not after `start`, or else its first. Without a series, of
  // the tables that this gives for each series the one of the latest day, of
  // several the one with most rows, then the first by name; tables that say
  // nothing of `people` come last. Null if there is none.
  const StrengthTable* Choose(absl::string_view series, absl::optional<DayNumber> as_of,
                              DayNumber start, const People& people) const;

  // The last table that says something of `people` and is not after `day`, of
  // `series`; null if there is none.
  const StrengthTable* LatestOf(absl::string_view series, DayNumber day,
                                const People& people) const;

 private:
  std::vector<StrengthTable> tables_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_STRENGTH_TABLES_H_
