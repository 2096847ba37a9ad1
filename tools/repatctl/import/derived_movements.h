// Net movements between consecutive strength tables: where a country's strength
// in one category fell, people left; where it rose, people arrived.
//
// A cell missing from a table counts as 0. A month without a table is bridged: the
// difference between the tables around it is one movement. The number of women is
// set only where both tables give it and the men moved in the same direction;
// otherwise it cannot be inferred.
//
// The day of a movement is the later table's. The real day is not in the tables, so
// the events' `source` marks it as synthetic.
#ifndef TOOLS_REPATCTL_IMPORT_DERIVED_MOVEMENTS_H_
#define TOOLS_REPATCTL_IMPORT_DERIVED_MOVEMENTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "repatriation/v1/event.pb.h"

namespace repatriation {

struct DerivedMovement {
  // The line of the later table's row, or of the earlier one's if that is missing.
  int64_t line = 0;
  // Without an id.
  v1::Event event;
};

// The strength tables of one series, by mission. Thread-compatible.
class StrengthSeries {
 public:
  // Adds a row, replacing an earlier one for the same cell.
  // REQUIRES: `as_of` is a day, `category` a leaf.
  void Add(const v1::StrengthReport& report, int64_t line);

  // Sorted by mission, the later table's day, country and category.
  std::vector<DerivedMovement> Movements() const;

 private:
  struct Cell {
    int64_t line = 0;
    int32_t headcount = 0;
    absl::optional<int32_t> female;
    std::string source;
  };
  // By country and category.
  using Table = std::map<std::pair<std::string, v1::Category>, Cell>;

  // Adds the movements of one mission between two tables, each with its day.
  static void AddMovements(const std::string& mission, const std::pair<const std::string, Table>& a,
                           const std::pair<const std::string, Table>& b,
                           std::vector<DerivedMovement>& movements);
  // Sets kind, headcount and female to the difference of two strengths; false if
  // they are equal.
  static bool SetChange(const Cell& before, const Cell& after, v1::Event& event);

  // By mission, then day.
  std::map<std::string, std::map<std::string, Table>> tables_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_DERIVED_MOVEMENTS_H_
