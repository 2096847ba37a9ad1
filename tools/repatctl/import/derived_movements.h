// Net movements between consecutive strength tables: where a country's strength
// of one category fell, people left, and where it rose, people arrived.
//
// A cell that a table does not have counts 0 in it. A month without a table is
// bridged: what changed from the one before it to the one after it is one
// movement. How many are women is said only where both tables say it and the
// men moved the same way, since otherwise it does not follow.
//
// The day of a movement is the later table's, which the source does not say;
// the events' `source` names it as synthetic.
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
  // Line of the later table's row, or of the earlier one's if there is none.
  int64_t line = 0;
  // Without an id.
  v1::Event event;
};

// The strength tables of one series, by mission. Thread-compatible.
class StrengthSeries {
 public:
  // Adds a row; a later one for the same cell takes its place.
  // REQUIRES: `as_of` is a day, `category` a leaf.
  void Add(const v1::StrengthReport& report, int64_t line);

  // By mission, the later table's day, country and category.
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

  // Adds the movements of one mission between two tables, given with their days.
  static void AddMovements(const std::string& mission, const std::pair<const std::string, Table>& a,
                           const std::pair<const std::string, Table>& b,
                           std::vector<DerivedMovement>& movements);
  // The kind, headcount and women of what lies between two strengths; false if
  // nothing does.
  static bool SetChange(const Cell& before, const Cell& after, v1::Event& event);

  // By mission, then day.
  std::map<std::string, std::map<std::string, Table>> tables_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_DERIVED_MOVEMENTS_H_
