// Finds the events behind a figure and reads their content.
//
// Thread-safety: all functions are pure, except for reading the replica.
#ifndef QUERY_SERVICE_CORE_SELECTION_EVENT_LOOKUP_H_
#define QUERY_SERVICE_CORE_SELECTION_EVENT_LOOKUP_H_

#include <algorithm>
#include <compare>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "query_service/core/replica/replica.h"
#include "query_service/core/view/ledger_view.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// An event, the entry with its current content, and its status.
struct EventPositions {
  Position event;
  Position content;
  v1::EventStatus status;

  friend auto operator<=>(const EventPositions&, const EventPositions&) = default;
};

// The cells that a filter matches; each cell's key is compared once.
template <typename Matches>
class MatchingCells {
 public:
  explicit MatchingCells(Matches matches) : matches_(std::move(matches)) {}

  bool Contains(CellId cell, const LedgerView::Reader& reader) {
    if (cell >= states_.size()) states_.resize(std::max<size_t>(cell + 1, 2 * states_.size()));
    if (states_[cell] == kUnknown) states_[cell] = matches_(reader.KeyOf(cell)) ? kMatch : kNoMatch;
    return states_[cell] == kMatch;
  }

  // Whether the entry at `position` added its event to one of them.
  bool ContainsContentOf(Position position, const LedgerView::Reader& reader) {
    const size_t end = reader.PostingsThrough(position);
    size_t index = reader.PostingsThrough(position - 1);
    for (; index < end; ++index) {
      if (ContainsAddition(reader.PostingAt(index), reader)) return true;
    }
    return false;
  }
  bool ContainsAddition(const Posting& posting, const LedgerView::Reader& reader) {
    return posting.events() > 0 && Contains(posting.cell(), reader);
  }

 private:
  enum State : uint8_t { kUnknown, kMatch, kNoMatch };
  const Matches matches_;
  std::vector<State> states_;  // by CellId
};

// Calls visit(position, index, reader) for the entries after `after` up to `last`, in
// order, until it returns false. `index` is that of the entry's first posting; visit()
// moves it past the last one. Releases the view's lock after every `entries_at_once`
// entries, so that the follower can apply blocks; nothing changes up to `last`.
template <typename Visit>
void WalkEntries(const LedgerView& view, Position after, Position last, Position entries_at_once,
                 Visit visit) {
  Position position = after + 1;
  while (position <= last) {
    const LedgerView::Reader reader(view);
    const Position stop = std::min(last + 1, position + entries_at_once);
    size_t index = reader.PostingsThrough(position - 1);
    for (; position < stop; ++position) {
      if (!visit(position, index, reader)) return;
    }
  }
}

// The first `limit` events after position `after` that count in a cell that `matches`,
// as known at `known_at`, each once, by ascending position. Scans the entries until there
// are enough. REQUIRES: limit > 0.
template <typename Matches>
std::vector<EventPositions> FindEvents(const LedgerView& view, Position known_at, Matches matches,
                                       Position after, size_t limit) {
  constexpr Position kEntriesAtOnce = 1 << 20;  // about a millisecond
  std::vector<EventPositions> found;
  MatchingCells<Matches> cells(std::move(matches));
  const auto visit = [&](Position position, size_t& index, const LedgerView::Reader& reader) {
    bool counts = false;
    for (bool last = false; !last; ++index) {
      const Posting& posting = reader.PostingAt(index);
      counts = counts || cells.ContainsAddition(posting, reader);
      last = posting.last();
    }
    Correction last{position, position, position};
    v1::EventStatus status = reader.KeyOf(reader.PostingAt(index - 1).cell()).status;
    if (reader.TakesPartInCorrection(position)) {
      if (reader.IsCorrection(position)) return true;
      last = reader.LastCorrectionOf(position, known_at);
      if (last.position != position) {
        counts = !last.voids() && cells.ContainsContentOf(last.position, reader);
        status = reader.CellOf(last.position).status;
      }
    }
    if (counts) found.push_back({position, last.content, status});
    return found.size() < limit;
  };
  WalkEntries(view, after, known_at, kEntriesAtOnce, visit);
  return found;
}

// Reads an event; blocks on I/O. DATA_LOSS or UNAVAILABLE.
absl::Status ReadEventRecord(const Replica& replica, const EventPositions& positions,
                             v1::EventRecord* record);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_SELECTION_EVENT_LOOKUP_H_
