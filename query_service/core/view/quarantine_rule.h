// The quarantine rule: finds events by which more people would leave than there were,
// from reported strength and the arrivals and departures since, by country and
// category, and by site where strength is reported by site.
//
// For one country and category (and site), departures that count on the days after a
// table's, through the day of the next table, must not exceed the table's strength
// plus the arrivals of those days. An event is checked against the tables recorded
// before its block (entries of one block became known together) and against the
// events recorded before it. An amendment of an event that counts is checked only if
// it moves more people, or others. Only rows that name a country and a leaf category
// apply; if several series have a table of the same day, the highest counts.
//
// Thread-safety: Add...() exclude everything else.
#ifndef QUERY_SERVICE_CORE_VIEW_QUARANTINE_RULE_H_
#define QUERY_SERVICE_CORE_VIEW_QUARANTINE_RULE_H_

#include <functional>
#include <map>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/types/optional.h"
#include "common/domain/category.h"
#include "query_service/core/view/cell.h"

namespace repatriation {

class QuarantineRule {
 public:
  // Whose strength: a country's people of a category, at a site or (0) everywhere.
  struct Group {
    TextId mission = 0;
    TextId country = 0;
    TextId site = 0;
    v1::Category category = v1::CATEGORY_UNSPECIFIED;

    friend bool operator==(const Group&, const Group&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Group& group) {
      return H::combine(std::move(h), group.mission, group.country, group.site, group.category);
    }
  };

  // Arrivals minus departures, by day.
  using Changes = absl::flat_hash_map<Group, std::map<DayNumber, int64_t>>;

  // Adds to `changes` how `headcount` people in cell `key` change the strength of its
  // groups; nothing unless the cell is of actual events.
  static void AddChange(const CellKey& key, int64_t headcount, Changes& changes);

  // Whether this row limits events.
  static bool AppliesTo(const v1::StrengthReport& row) {
    return !row.country().empty() && IsLeafCategory(row.category());
  }

  // Whether no mission has strength.
  bool empty() const { return missions_.empty(); }
  // Whether `mission` has strength that limits its events.
  bool TracksMission(TextId mission) const { return missions_.contains(mission); }

  // Adds a row of a table. On a mission's first row calls `add_history`, which must
  // AddChange() for everything that happened before.
  void AddStrength(const Group& group, TextId series, DayNumber as_of, int64_t headcount,
                   const std::function<void()>& add_history);

  // REQUIRES: TracksMission(key.mission).
  void AddChange(const CellKey& key, int64_t headcount);

  // The limit of departures of `group` on a day: the strength in the last table before
  // it plus arrivals minus departures since, through the day of the next table.
  struct StrengthLimit {
    DayNumber as_of = 0;
    TextId series = 0;  // the one with the highest strength
    int64_t strength = 0;
    int64_t change = 0;
  };
  // Absent if there is no such table. `more` are changes that were not added yet.
  absl::optional<StrengthLimit> LimitFor(const Group& group, DayNumber day,
                                         const Changes& more) const;

  // The groups whose strength limits departures of `key`, in order: country and
  // category, then the same at its site.
  static absl::InlinedVector<Group, 2> GroupsOf(const CellKey& key);

  // Whether departure of `headcount` people of `key` would exceed a limit; `more` as
  // above.
  bool Exceeds(const CellKey& key, int64_t headcount, const Changes& more) const;

 private:
  struct Table {
    absl::flat_hash_map<TextId, int64_t> strength;  // by series
    int64_t change = 0;  // arrivals minus departures after its day, through the next table's
  };
  using Tables = std::map<DayNumber, Table>;

  // Calls visit(const Group&, int64_t change) for each group of the people in cell
  // `key`.
  template <typename Visit>
  static void ForEachChange(const CellKey& key, int64_t headcount, Visit visit);

  absl::flat_hash_set<TextId> missions_;
  absl::flat_hash_map<Group, Tables> tables_;
  Changes changes_;  // of tracked missions
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_QUARANTINE_RULE_H_
