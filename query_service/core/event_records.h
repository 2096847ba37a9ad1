// Finding the events behind a figure and reading what they say.
//
// Thread-safety: all functions are pure but for reading the replica.
#ifndef QUERY_SERVICE_CORE_EVENT_RECORDS_H_
#define QUERY_SERVICE_CORE_EVENT_RECORDS_H_

#include <algorithm>
#include <compare>
#include <vector>

#include "absl/status/status.h"
#include "query_service/core/ledger_view.h"
#include "query_service/core/replica.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// An event and the entry that gives it its content.
struct EventPositions {
  Position event;
  Position content;

  friend auto operator<=>(const EventPositions&, const EventPositions&) = default;
};

// The events that count in the cells for which `matches`, as known at
// `known_at`, each once, by ascending position.
template <typename Matches>
std::vector<EventPositions> FindEvents(const LedgerView::Reader& reader, Position known_at,
                                       Matches matches) {
  std::vector<EventPositions> events;
  for (const Position content : reader.ContentPositions(known_at, matches)) {
    const Position event = reader.EventOf(content);
    // An earlier content of an event that was amended since does not count.
    if (reader.ContentOf(event, known_at) == content) events.push_back({event, content});
  }
  std::sort(events.begin(), events.end());
  // An event of which the sexes are known lies in two cells.
  events.erase(std::unique(events.begin(), events.end()), events.end());
  return events;
}

// Reads one; blocks on I/O. DATA_LOSS or UNAVAILABLE.
absl::Status ReadEventRecord(const Replica& replica, const EventPositions& positions,
                             v1::EventRecord* record);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_EVENT_RECORDS_H_
