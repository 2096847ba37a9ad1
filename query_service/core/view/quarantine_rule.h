// Which events would mean that more people left than there were: strength as
// reported, and who came and went since, by country and category, and by site
// where strength is given by site.
//
// The rule: of one country and category (and site), the departures that count
// on the days after a table's, through the day of the next table, are at most
// the table's strength plus the arrivals of those days. An event is held to the
// tables that were recorded before its block (what is recorded together was
// learnt together) and to the events recorded before it. An amendment of an
// event that counts is held to it only if it moves more people, or others. Only rows that name a
// country and a leaf category say something; where several series give the
// same day, the highest counts.
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
  // Whose strength: those of a country and category, at a site or (0) in all.
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

  // Who came less who went, by day.
  using Changes = absl::flat_hash_map<Group, std::map<DayNumber, int64_t>>;

  // Adds to `changes` what people in cell `key` change in the strength of its
  // groups; nothing unless the cell counts what happened.
  static void AddChange(const CellKey& key, int64_t headcount, Changes& changes);

  // Whether events are held to this row.
  static bool HoldsTo(const v1::StrengthReport& row) {
    return !row.country().empty() && IsLeafCategory(row.category());
  }

  // Whether there is no strength at all.
  bool empty() const { return missions_.empty(); }
  // Whether any strength of `mission` that events are held to is known.
  bool Follows(TextId mission) const { return missions_.contains(mission); }

  // A row of a table. `follow` is called with a mission's first row, to add
  // what happened before.
  void AddStrength(const Group& group, TextId series, DayNumber as_of, int64_t headcount,
                   const std::function<void()>& follow);

  // REQUIRES: Follows(key.mission).
  void AddChange(const CellKey& key, int64_t headcount);

  // The strength that people of `group` who leave on `day` are held to: that of
  // the last table before it, and who came less who went since, through the
  // day of the next table.
  struct Standing {
    DayNumber as_of = 0;
    TextId series = 0;  // which gives the highest
    int64_t strength = 0;
    int64_t change = 0;
  };
  // Absent if there is no such table. `more` holds changes that are not in the
  // book yet.
  absl::optional<Standing> StandingOf(const Group& group, DayNumber day, const Changes& more) const;

  // The groups whose strength departures of `key` are held to, in order: all of
  // the country and category, then those at its site.
  static absl::InlinedVector<Group, 2> GroupsOf(const CellKey& key);

  // Whether `headcount` people of `key` were not there any more to go; `more` as
  // above.
  bool Exceeds(const CellKey& key, int64_t headcount, const Changes& more) const;

 private:
  struct Table {
    absl::flat_hash_map<TextId, int64_t> strength;  // by series
    int64_t change = 0;  // who came less who went after its day, through the next table's
  };
  using Tables = std::map<DayNumber, Table>;

  // Calls visit(const Group&, int64_t change) for each group that people in cell
  // `key` are of.
  template <typename Visit>
  static void ForEachChange(const CellKey& key, int64_t headcount, Visit visit);

  absl::flat_hash_set<TextId> missions_;
  absl::flat_hash_map<Group, Tables> tables_;
  Changes changes_;  // of the missions that are followed
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_QUARANTINE_RULE_H_
