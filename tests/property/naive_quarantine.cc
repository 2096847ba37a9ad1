// The quarantine rule.
#include <algorithm>

#include "tests/property/naive_model.h"
#include "tests/property/naive_values.h"

namespace repatriation {
namespace {

// Whether `event`, the amended `old`, moves the same people or fewer.
bool MovesNoMorePeople(const v1::Event& event, const v1::Event& old) {
  return event.kind() == old.kind() && event.category() == old.category() &&
         event.country() == old.country() && event.site() == old.site() &&
         event.destination_site() == old.destination_site() && event.day() == old.day() &&
         event.headcount() <= old.headcount();
}

}  // namespace

void NaiveModel::AddBlock(int64_t first, int64_t last) {
  for (int64_t position = first; position <= last; ++position) {
    const Accepted& entry = accepted_[position - 1];
    std::vector<EventState> others = Replay(position - 1);
    const bool amends = entry.submission.has_amendment();
    const auto old = std::find_if(others.begin(), others.end(),
                                  [&](const auto& other) { return other.id == entry.target; });
    if (amends && old->status == v1::EVENT_STATUS_ACTUAL &&
        MovesNoMorePeople(entry.submission.amendment().event(), old->content)) {
      continue;
    }
    // An amendment replaces its event.
    if (amends) std::erase_if(others, [&](const auto& other) { return other.id == entry.target; });
    if (!amends && !entry.submission.has_event()) continue;
    const v1::Event& event =
        amends ? entry.submission.amendment().event() : entry.submission.event();
    if (Exceeds(event, others, first) && fault_ != ModelFault::kNothingQuarantined) {
      quarantined_.insert(position);
    }
  }
  block_tail_ = last;
}

bool NaiveModel::Exceeds(const v1::Event& event, const std::vector<EventState>& others,
                         int64_t tables_before) const {
  if (IsPlanned(event) || event.country().empty() || event.kind() == v1::KIND_ARRIVAL) return false;
  const bool leaves_mission = event.kind() != v1::KIND_RELOCATION;
  return (leaves_mission && Exceeds(event, /*of_site=*/false, others, tables_before)) ||
         (!event.site().empty() && Exceeds(event, /*of_site=*/true, others, tables_before));
}

bool NaiveModel::Exceeds(const v1::Event& event, bool of_site,
                         const std::vector<EventState>& others, int64_t tables_before) const {
  std::string table_day, next_day = "9999";
  std::map<std::string, std::map<std::string, int64_t>> tables;  // day, series -> strength
  for (const Accepted& entry : accepted_) {
    const v1::StrengthReport& row = entry.submission.record().strength();
    if (entry.position >= tables_before || !entry.submission.record().has_strength()) continue;
    if (row.mission() == event.mission() && row.country() == event.country() &&
        row.category() == event.category() && row.site() == (of_site ? event.site() : "")) {
      tables[row.as_of()][row.series()] = row.headcount();
    }
  }
  for (const auto& [day, by_series] : tables) {
    const bool before =
        fault_ == ModelFault::kTableDayIncluded ? day <= event.day() : day < event.day();
    (before ? table_day : next_day) = day;
    if (!before) break;
  }
  if (table_day.empty()) return false;
  int64_t there = 0;
  for (const auto& [series, strength] : tables[table_day]) there = std::max(there, strength);
  for (const EventState& other : others) {
    const v1::Event& moved = other.content;
    if (other.voided || other.status != v1::EVENT_STATUS_ACTUAL || moved.day() <= table_day ||
        moved.day() > next_day || moved.mission() != event.mission() ||
        moved.country() != event.country() || moved.category() != event.category()) {
      continue;
    }
    const bool arrives = moved.kind() == v1::KIND_ARRIVAL;
    const bool here = !of_site || moved.site() == event.site();
    if (moved.kind() != v1::KIND_RELOCATION) {
      if (here) there += arrives ? moved.headcount() : -moved.headcount();
    } else if (of_site) {
      if (here) there -= moved.headcount();
      if (moved.destination_site() == event.site()) there += moved.headcount();
    }
  }
  return there < event.headcount();
}

}  // namespace repatriation
