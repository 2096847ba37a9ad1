// Plans what one block changes in a view, without changing the view:
// LedgerView::Apply() does that.
//
// Thread-safety: one thread, the one that applies to the view. It takes no lock,
// since only that thread changes what is read here.
#ifndef QUERY_SERVICE_CORE_VIEW_VIEW_PLANNER_H_
#define QUERY_SERVICE_CORE_VIEW_VIEW_PLANNER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ledger/block_cache.h"
#include "query_service/core/view/ledger_view.h"

namespace repatriation {

// The view as it is, and the delta planned so far on top of it.
class ViewPlanner {
 public:
  // Returns the content of the event that the entry at a position (an event or
  // an amendment) recorded, as views that live until the next call.
  using ContentAt = std::function<absl::StatusOr<EventContent>(Position)>;

  // `entries` are those of one block that ends at `tail` and follows the view.
  // `content_at` is called for entries before that block only. All arguments
  // must outlive the planner.
  ViewPlanner(const LedgerView& view, absl::Span<const LedgerEntry> entries, const LedgerTail& tail,
              const ContentAt& content_at);

  // What the entries change. Call once. DATA_LOSS if a correction does not fit
  // the view (its event is unknown or voided); or the error of `content_at`.
  absl::StatusOr<ViewDelta> Plan() &&;

 private:
  absl::Status PlanEntry(const LedgerEntry& entry);
  // Minus the old, plus the new.
  absl::Status Correct(const LedgerEntry& entry);
  // What counts of the event that `entry` corrects: the entry that says what it
  // counts, and the entry whose postings count it.
  struct Standing {
    Position content = 0;
    Position posted = 0;
  };
  absl::StatusOr<Standing> StandingOf(const LedgerEntry& entry) const;
  bool IsEvent(Position position) const;
  // The status under which the entry at `posted` put its event into cells.
  v1::EventStatus StatusPostedAt(Position posted, const EventContent& content) const;
  // Keeps the record, and sees to it that the view has its texts.
  absl::Status Keep(const LedgerEntry& entry);
  const LedgerEntry& EntryAt(Position position) const {
    return entries_[static_cast<size_t>(position - entries_.front().position)];
  }
  // Posts new content: in quarantine if more people would leave than there are,
  // unless they are `let_through`.
  void PostNew(Position position, const EventContent& content, bool let_through);
  // Posts `content` to its cells, once for each sex that is known to be present.
  void Post(const EventContent& content, v1::EventStatus status, int sign);
  CellKey KeyOf(const EventContent& content, v1::EventStatus status);
  // Of a text of this block.
  TextId IdOf(absl::string_view text);
  // Finds the cells of all that was posted.
  void FindCells();
  CellId CellOf(const CellKey& key, uint32_t hash);

  const LedgerView& view_;
  const absl::Span<const LedgerEntry> entries_;
  const ContentAt& content_at_;
  ViewDelta delta_;
  std::vector<CellKey> keys_;  // of delta_.postings, whose cells are looked up at the end
  // What was looked up before, by the address of the text: the entries of a
  // block refer to the same few texts again and again.
  absl::flat_hash_map<const char*, TextId> known_texts_;
  absl::flat_hash_map<std::string, TextId> new_texts_;
  absl::flat_hash_map<CellKey, CellId, CellKeyHash> new_cells_;
  absl::flat_hash_map<Position, Correction> latest_;  // by event, of this block
  // Entries of this block that put an event into quarantine.
  absl::flat_hash_set<Position> quarantining_;
  QuarantineRule::Changes changes_;  // of this block, in missions with strength
};

// What `block`, whose entries are `entries`, changes in `view`; earlier entries
// are read through `cache`, so it may block on I/O. Errors as ViewPlanner::Plan(),
// and those of BlockCache::BlockOf().
absl::StatusOr<ViewDelta> PlanBlock(const LedgerView& view, const Block& block,
                                    absl::Span<const LedgerEntry> entries, BlockCache& cache);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_VIEW_PLANNER_H_
