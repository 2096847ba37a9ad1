// Finding the events behind a figure and reading what they say.
//
// Thread-safety: all functions are pure but for reading the replica.
#ifndef QUERY_SERVICE_CORE_EVENT_RECORDS_H_
#define QUERY_SERVICE_CORE_EVENT_RECORDS_H_

#include <compare>
#include <iterator>
#include <set>
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

// The first `limit` events after position `after` that count in the cells for
// which `matches`, as known at `known_at`, each once, by ascending position.
template <typename Matches>
std::vector<EventPositions> FindEvents(const LedgerView::Reader& reader, Position known_at,
                                       Matches matches, Position after, size_t limit) {
  // The largest of those kept is on top, and goes when there are too many.
  std::set<EventPositions> first;
  // An event's content is never before the event, so what comes up to `after`
  // need not be looked at.
  reader.ForEachAddition(after, known_at, matches, [&](Position content) {
    if (first.size() == limit && content > first.rbegin()->content &&
        !reader.IsCorrection(content)) {
      return;
    }
    const Position event = reader.EventOf(content);
    // An earlier content of an event that was amended since does not count.
    if (event <= after || reader.ContentOf(event, known_at) != content) return;
    // An event of which the sexes are known lies in two cells: once is enough.
    first.insert({event, content});
    if (first.size() > limit) first.erase(std::prev(first.end()));
  });
  return {first.begin(), first.end()};
}

// Reads one; blocks on I/O. DATA_LOSS or UNAVAILABLE.
absl::Status ReadEventRecord(const Replica& replica, const EventPositions& positions,
                             v1::EventRecord* record);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_EVENT_RECORDS_H_
