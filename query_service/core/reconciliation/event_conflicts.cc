#include "query_service/core/reconciliation/event_conflicts.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/domain/enum_names.h"
#include "query_service/core/selection/event_lookup.h"
#include "query_service/core/text/conflict_limits.h"
#include "query_service/core/text/english.h"

namespace repatriation {
namespace {

constexpr Position kEntriesPerStep = 1 << 17;

// A movement as reported by one entry.
struct Sighting {
  CellKey key;  // of the entry's cell; of its fields only those in What() are compared
  DayNumber day = 0;
  TextId unit = 0;
  int64_t headcount = 0;
  Position position = 0;

  auto What() const {
    return std::make_tuple(key.country, key.site, key.destination_site, key.kind, key.category,
                           headcount);
  }
};

// Whether two reports are of one movement, except perhaps for the day.
bool SameMovement(const Sighting& a, const Sighting& b) {
  const bool units_differ = a.unit != 0 && b.unit != 0 && a.unit != b.unit;
  return a.What() == b.What() && !units_differ && std::abs(a.day - b.day) <= kDaysApartMax;
}

class SightingsWalk {
 public:
  SightingsWalk(const LedgerView& view, TextId mission, Position known_at)
      : view_(view), known_at_(known_at), cells_(MayConflict{mission}) {}

  void Run() {
    WalkEntries(view_, /*after=*/0, known_at_, kEntriesPerStep,
                [this](Position position, size_t& index, const LedgerView::Reader& reader) {
                  VisitEntry(position, index, reader);
                  return sightings_.size() < kComparedEventsMax;
                });
  }

  std::vector<Sighting>& sightings() { return sightings_; }
  // (First content, amended content) of movements amended to another day.
  const std::vector<std::pair<Sighting, Sighting>>& moved() const { return moved_; }

 private:
  // `index` is that of the entry's first posting; moved past its last one.
  void VisitEntry(Position position, size_t& index, const LedgerView::Reader& reader) {
    const Sighting sighting = SightingAt(position, index, reader);
    if (reader.TakesPartInCorrection(position)) {
      if (!reader.IsCorrection(position)) VisitCorrected(position, sighting, reader);
    } else if (sighting.headcount >= kConflictHeadcountMin) {
      sightings_.push_back(sighting);
    }
  }

  void VisitCorrected(Position event, Sighting sighting, const LedgerView::Reader& reader) {
    const std::vector<Correction> corrections = reader.CorrectionsOf(event, known_at_);
    if (!corrections.empty() && corrections.back().voids()) return;
    for (const Correction& correction : corrections) {
      size_t first = reader.PostingsThrough(correction.position - 1);
      const Sighting next = SightingAt(correction.position, first, reader);
      if (next.headcount >= kConflictHeadcountMin && next.day != sighting.day &&
          SameMovement(sighting, next) && moved_.size() < kEventConflictsMax) {
        moved_.push_back({sighting, next});
      }
      sighting = next;
    }
    if (sighting.headcount < kConflictHeadcountMin) return;
    sighting.position = event;
    sightings_.push_back(sighting);
  }

  // What the entry adds to cells that may conflict; headcount 0 if nothing.
  Sighting SightingAt(Position position, size_t& index, const LedgerView::Reader& reader) {
    Sighting sighting;
    sighting.position = position;
    for (bool last = false; !last; ++index) {
      const Posting& posting = reader.PostingAt(index);
      last = posting.last();
      if (!cells_.ContainsAddition(posting, reader)) continue;
      const CellKey& key = reader.KeyOf(posting.cell());
      sighting.key = key;
      sighting.day = key.day;
      sighting.unit = key.unit;
      sighting.headcount += posting.headcount();
    }
    return sighting;
  }

  // Matches cells of actual events of a known country and site.
  struct MayConflict {
    TextId mission;
    bool operator()(const CellKey& key) const {
      return key.mission == mission && key.of_events() && key.status == v1::EVENT_STATUS_ACTUAL &&
             key.country != 0 && key.site != 0;
    }
  };

  const LedgerView& view_;
  const Position known_at_;
  MatchingCells<MayConflict> cells_;
  std::vector<Sighting> sightings_;
  std::vector<std::pair<Sighting, Sighting>> moved_;
};

// "The repatriation of 116 contingent troops of SEN at Mopti".
std::string MovementName(const Sighting& sighting, const LedgerView::Reader& reader) {
  const auto text = [&](TextId id) { return std::string(reader.Text(id)); };
  const std::string to = sighting.key.destination_site == 0
                             ? ""
                             : absl::StrCat(" to ", text(sighting.key.destination_site));
  return absl::StrCat("The ", EnumName(sighting.key.kind), " of ", Thousands(sighting.headcount),
                      " ", NameOf(sighting.key.category), " of ", text(sighting.key.country),
                      " at ", text(sighting.key.site), to);
}

v1::Conflict ConflictOf(const Sighting& sighting, const std::set<std::string>& days,
                        const std::set<Position>& positions, absl::string_view verb,
                        absl::string_view between, const LedgerView::Reader& reader) {
  v1::Conflict conflict;
  conflict.set_kind(v1::CONFLICT_KIND_EVENT_DAYS);
  conflict.set_description(
      absl::StrCat(MovementName(sighting, reader), verb, JoinFirst(days, between), "."));
  SetFirstPositions(positions, &conflict);
  return conflict;
}

v1::Conflict MovedConflict(const Sighting& first, const Sighting& amended,
                           const LedgerView::Reader& reader) {
  v1::Conflict conflict = ConflictOf(first, {}, {first.position, amended.position}, "", "", reader);
  conflict.set_description(absl::StrCat(MovementName(first, reader), " was recorded on ",
                                        FormatDay(first.day), " and amended to ",
                                        FormatDay(amended.day), "."));
  return conflict;
}

// The sightings from `begin` that are one movement, each matched with the one before;
// moves `begin` past them.
std::vector<const Sighting*> NextMovement(const std::vector<Sighting>& sightings, size_t& begin) {
  std::vector<const Sighting*> movement = {&sightings[begin]};
  for (++begin; begin < sightings.size() && SameMovement(*movement.back(), sightings[begin]);
       ++begin) {
    movement.push_back(&sightings[begin]);
  }
  return movement;
}

}  // namespace

std::vector<v1::Conflict> FindEventConflicts(const LedgerView& view, absl::string_view mission,
                                             Position known_at) {
  const auto id = LedgerView::Reader(view).FindText(mission);
  if (!id.has_value()) return {};
  SightingsWalk walk(view, *id, known_at);
  walk.Run();
  std::vector<Sighting>& sightings = walk.sightings();
  std::sort(sightings.begin(), sightings.end(), [](const Sighting& a, const Sighting& b) {
    return std::make_tuple(a.What(), a.day, a.position) <
           std::make_tuple(b.What(), b.day, b.position);
  });
  std::vector<v1::Conflict> conflicts;
  const LedgerView::Reader reader(view);
  for (size_t begin = 0; begin < sightings.size() && conflicts.size() < kEventConflictsMax;) {
    std::set<std::string> days;
    std::set<Position> positions;
    const auto movement = NextMovement(sightings, begin);
    for (const Sighting* sighting : movement) {
      days.insert(FormatDay(sighting->day));
      positions.insert(sighting->position);
    }
    if (days.size() < 2) continue;
    conflicts.push_back(
        ConflictOf(*movement.front(), days, positions, " is recorded on ", " and on ", reader));
  }
  for (const auto& [first, amended] : walk.moved()) {
    conflicts.push_back(MovedConflict(first, amended, reader));
  }
  std::stable_sort(
      conflicts.begin(), conflicts.end(),
      [](const v1::Conflict& a, const v1::Conflict& b) { return a.positions(0) < b.positions(0); });
  if (conflicts.size() > kEventConflictsMax) conflicts.resize(kEventConflictsMax);
  return conflicts;
}

}  // namespace repatriation
