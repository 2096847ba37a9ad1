// The materialised view of the ledger in memory: for every cell (mission,
// kind, category, country, sites, unit, day, sex) the running totals by
// position. A figure as known at any position of the past is found the same
// way as the latest one, by a binary search in each cell, without replaying
// anything: what an entry adds or takes back is a posting at its own position.
//
// Source of the idea, postings that retract exactly: accounting, where an
// entry is never erased but reversed.
//
// Thread-safety: one thread plans and applies; any number read at the same
// time through Reader. What a Reader sees up to its tail never changes.
#ifndef QUERY_SERVICE_CORE_LEDGER_VIEW_H_
#define QUERY_SERVICE_CORE_LEDGER_VIEW_H_

#include <deque>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "query_service/core/view_delta.h"

namespace repatriation {

// The state of a cell.
struct CellTotal {
  int64_t headcount = 0;
  int64_t events = 0;
  int64_t whole_events = 0;  // see Posting
};

class LedgerView {
 public:
  // Returns the content of the event that the entry at a position (an event or
  // an amendment) recorded, as views that live until the next call.
  using ContentAt = std::function<absl::StatusOr<EventContent>(Position)>;

  // What `entries`, those of one block that ends at `tail` and follows the
  // view, will change. Changes nothing. `content_at` is asked for contents
  // before the block only. DATA_LOSS if a correction does not fit the view:
  // its event is unknown or voided; or what `content_at` returns.
  absl::StatusOr<ViewDelta> Plan(absl::Span<const LedgerEntry> entries, const LedgerTail& tail,
                                 const ContentAt& content_at) const;

  // Takes in a planned delta. DATA_LOSS, and nothing is changed, if it names a
  // text or cell that the view does not have.
  absl::Status Apply(const ViewDelta& delta);

  // Reads while nothing is applied. Short-lived: it holds up Apply(), and
  // everybody who comes after an Apply() that waits. One thread makes at most
  // one at a time, or it could wait for itself.
  class Reader {
   public:
    explicit Reader(const LedgerView& view) : view_(view), lock_(LockForReading(view)) {}

    const LedgerTail& tail() const { return view_.tail_; }

    // The last position recorded at or before a time; 0 if there is none.
    Position PositionAtTime(int64_t recorded_time_us) const;
    // When `position` was recorded. REQUIRES: 1 <= position <= tail().position.
    int64_t TimeOfPosition(Position position) const;

    // The id of `text`, or nullopt if no entry has it.
    absl::optional<TextId> FindText(absl::string_view text) const;
    absl::string_view Text(TextId id) const { return view_.texts_[id]; }

    // Calls visit(const CellKey&, const CellTotal&) for each cell for which
    // `matches(const CellKey&)` and that counts an event as known at `known_at`.
    template <typename Matches, typename Visit>
    void ForEachCell(Position known_at, Matches matches, Visit visit) const {
      for (const Cell& cell : view_.cells_) {
        if (!matches(cell.key)) continue;
        const CellTotal total = cell.TotalAt(known_at);
        if (total.events > 0) visit(cell.key, total);
      }
    }

    // Calls visit(Position) for each entry after `after` and up to `known_at`
    // that put an event into one of the cells for which `matches`; in no
    // particular order, and twice for an event that lies in two of them.
    template <typename Matches, typename Visit>
    void ForEachAddition(Position after, Position known_at, Matches matches, Visit visit) const {
      for (const Cell& cell : view_.cells_) {
        if (matches(cell.key)) cell.ForEachAddition(after, known_at, visit);
      }
    }

    // Whether the entry at `position` is no event but corrects one.
    bool IsCorrection(Position position) const { return view_.corrected_by_.contains(position); }

    // The event that the entry at `position` is or corrects.
    Position EventOf(Position position) const;

    // The corrections of the event at `position` up to `known_at`, in order.
    std::vector<Correction> CorrectionsOf(Position event, Position known_at) const;

    // The entry that gives the event at `event` its content as known at
    // `known_at`; nullopt if it is voided by then.
    absl::optional<Position> ContentOf(Position event, Position known_at) const;

   private:
    const LedgerView& view_;
    const std::shared_lock<std::shared_mutex> lock_;
  };

 private:
  friend class ViewPlanner;

  // Running totals after the posting at `position`.
  struct Step {
    Position position;
    int64_t headcount;
    int32_t events;
    int32_t whole_events;
  };
  struct Cell {
    CellKey key;
    std::vector<Step> steps;  // by ascending position

    CellTotal TotalAt(Position known_at) const;
    // The first step after `position`.
    std::vector<Step>::const_iterator StepAfter(Position position) const;

    template <typename Visit>
    void ForEachAddition(Position after, Position known_at, Visit visit) const {
      auto step = StepAfter(after);
      int32_t events_before = step == steps.begin() ? 0 : (step - 1)->events;
      for (; step != steps.end() && step->position <= known_at; ++step) {
        // An amendment within one cell takes back and adds at the same position.
        if (step->events > events_before) visit(step->position);
        events_before = step->events;
      }
    }
  };
  struct BlockTime {
    int64_t recorded_time_us;
    Position last_position;
  };

  // Passes the gate first, which Apply() closes while it waits: shared locks
  // alone never let it in while one reader comes before the other has gone.
  static std::shared_lock<std::shared_mutex> LockForReading(const LedgerView& view) {
    const std::lock_guard gate(view.gate_);
    return std::shared_lock(view.mutex_);
  }

  absl::Status CheckDelta(const ViewDelta& delta) const;

  mutable std::mutex gate_;  // taken before mutex_
  mutable std::shared_mutex mutex_;
  // All guarded by mutex_ against Apply(); only the applying thread writes.
  LedgerTail tail_;
  std::deque<std::string> texts_ = {""};  // a deque: text_ids_ has views into it
  absl::flat_hash_map<absl::string_view, TextId> text_ids_ = {{"", 0}};
  std::vector<Cell> cells_;
  absl::flat_hash_map<CellKey, CellId> cell_ids_;
  std::vector<BlockTime> block_times_;                                  // by ascending both
  absl::flat_hash_map<Position, Position> corrected_by_;                // correction -> event
  absl::flat_hash_map<Position, std::vector<Correction>> corrections_;  // by event
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_LEDGER_VIEW_H_
