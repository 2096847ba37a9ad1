// All postings of a view in ledger order, with the index at which each block ends.
//
// Thread-safety: Append() excludes everything else.
#ifndef QUERY_SERVICE_CORE_VIEW_POSTING_LOG_H_
#define QUERY_SERVICE_CORE_VIEW_POSTING_LOG_H_

#include <cstddef>
#include <deque>
#include <vector>

#include "absl/types/span.h"
#include "common/base/crypto/sha256.h"
#include "common/base/memory/growing_array.h"
#include "common/base/memory/prefetch.h"
#include "common/ledger/block.h"
#include "query_service/core/view/cell.h"

namespace repatriation {

class PostingLog {
 public:
  // Capacity: the totals count events in 32 bits.
  static constexpr size_t kPostingsMax = INT32_MAX;

  // `preparer` may be null, or outlives the log.
  explicit PostingLog(PagePreparer* preparer) : postings_(preparer) {}

  // Appends the postings of the next block, which ends at `tail`.
  // REQUIRES: each position of the block has at least one; recorded times never
  // decrease.
  void Append(absl::Span<const Posting> postings, const LedgerTail& tail);

  size_t size() const { return postings_.size(); }
  const Posting& operator[](size_t index) const { return postings_[index]; }

  // Calls visit(const Posting&) for those in [begin, end).
  template <typename Visit>
  void ForEach(size_t begin, size_t end, Visit visit) const {
    ForEach(
        begin, end, [](const Posting&) {}, visit);
  }

  // Also calls prefetch(const Posting&) kPrefetchAhead postings before each visit.
  template <typename Prefetch, typename Visit>
  void ForEach(size_t begin, size_t end, Prefetch prefetch, Visit visit) const {
    for (size_t i = begin; i < end; ++i) {
      if (i + kPrefetchAhead < end) prefetch(postings_[i + kPrefetchAhead]);
      visit(postings_[i]);
    }
  }

  // Number of postings of the entries up to and including `position`.
  // REQUIRES: 0 <= position, not beyond the last block.
  size_t CountThrough(Position position) const;

  // The last position recorded at or before a time; 0 if there is none.
  Position PositionAtTime(int64_t recorded_time_us) const;
  // When `position` was recorded. REQUIRES: 1 <= position, as above.
  int64_t TimeOfPosition(Position position) const;
  // The end of the block that contains `position`. REQUIRES: as above.
  LedgerTail BlockEndOf(Position position) const;

 private:
  // Where a block ends.
  struct BlockEnd {
    Position last_position;
    size_t postings;  // up to there
    int64_t recorded_time_us;
  };
  std::vector<BlockEnd>::const_iterator BlockOf(Position position) const;

  GrowingArray<Posting> postings_;
  std::vector<BlockEnd> blocks_;           // every field ascends
  std::deque<Sha256Digest> block_hashes_;  // of the same blocks; separate to keep searches dense
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_POSTING_LOG_H_
