// Computes what one block changes in a view. LedgerView::Apply() applies it.
//
// Thread-safety: use on the applying thread only. It takes no lock, since only that
// thread changes what is read here.
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

class ViewPlanner {
 public:
  // Returns the content of the event or amendment at a position; its texts are valid
  // until the next call.
  using ContentAt = std::function<absl::StatusOr<EventContent>(Position)>;

  // `entries` are those of the next block, which ends at `tail`. `content_at` is only
  // called for entries before that block. All arguments must outlive the planner.
  ViewPlanner(const LedgerView& view, absl::Span<const LedgerEntry> entries, const LedgerTail& tail,
              const ContentAt& content_at);

  // What the entries change. Call once. DATA_LOSS if a correction does not fit the view
  // (its event is unknown or voided); or the error of `content_at`.
  absl::StatusOr<ViewDelta> Plan() &&;

 private:
  absl::Status PlanEntry(const LedgerEntry& entry);
  // Reverses the old postings and posts the new content.
  absl::Status PlanCorrection(const LedgerEntry& entry);
  // The current state of the event that `entry` corrects: the entry with its content,
  // and the entry whose postings count it.
  struct PostedContent {
    Position content = 0;
    Position posted = 0;
  };
  absl::StatusOr<PostedContent> PostedContentOf(const LedgerEntry& entry) const;
  bool IsEvent(Position position) const;
  // The status with which the entry at `posted` was posted.
  v1::EventStatus StatusPostedAt(Position posted, const EventContent& content) const;
  // Stores the record and adds its texts to the view.
  absl::Status PlanRecord(const LedgerEntry& entry);
  const LedgerEntry& EntryAt(Position position) const {
    return entries_[static_cast<size_t>(position - entries_.front().position)];
  }
  // Posts new content: as quarantined if it exceeds the quarantine rule and is not
  // `exempt`.
  void PostNew(Position position, const EventContent& content, bool exempt);
  // Posts `content` to its cells, one for each sex that is present.
  void Post(const EventContent& content, v1::EventStatus status, int sign);
  CellKey KeyOf(const EventContent& content, v1::EventStatus status);
  // REQUIRES: `text` lies in the bytes of this block; see known_texts_.
  TextId IdOf(absl::string_view text);
  // Fills in the cells of all postings.
  void FindCells();
  CellId CellOf(const CellKey& key, uint32_t hash);

  const LedgerView& view_;
  const absl::Span<const LedgerEntry> entries_;
  const ContentAt& content_at_;
  ViewDelta delta_;
  std::vector<CellKey> keys_;  // of delta_.postings; their cells are looked up at the end
  // Cache by the address of the text: the entries of a block refer to the same few
  // texts.
  absl::flat_hash_map<const char*, TextId> known_texts_;
  absl::flat_hash_map<std::string, TextId> new_texts_;
  absl::flat_hash_map<CellKey, CellId, CellKeyHash> new_cells_;
  absl::flat_hash_map<Position, Correction> latest_;  // by event, of this block
  // Entries of this block whose event was quarantined.
  absl::flat_hash_set<Position> quarantined_;
  QuarantineRule::Changes changes_;  // of this block, in tracked missions
};

// What `block`, with `entries`, changes in `view`. Reads earlier entries through
// `cache`, so it may block on I/O. Errors of ViewPlanner::Plan() and
// BlockCache::BlockOf().
absl::StatusOr<ViewDelta> PlanBlock(const LedgerView& view, const Block& block,
                                    absl::Span<const LedgerEntry> entries, BlockCache& cache);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_VIEW_PLANNER_H_
