// The cells of a roll-up, numbered in the order in which they came, and found by key.
//
// Grows by two buckets with each cell (linear hashing), so that no addition waits while
// the whole table is made anew: with 230,000 cells that took 66 ms, during which
// nothing was applied.
// Source: W. Litwin, "Linear hashing: a new tool for file and table addressing", 1980.
//
// Thread-safety: Add() excludes everything else.
#ifndef QUERY_SERVICE_CORE_CELL_TABLE_H_
#define QUERY_SERVICE_CORE_CELL_TABLE_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/base/growing_array.h"
#include "common/base/prefetch.h"
#include "query_service/core/cell.h"

namespace repatriation {

class CellTable {
 public:
  // Most cells that a table holds.
  static constexpr size_t kCellsMax = size_t{1} << 30;

  // Empty. `preparer` may be null, or outlives the table.
  explicit CellTable(PagePreparer* preparer);

  // By number. More come, those that are there stay.
  absl::Span<const CellKey> cells() const { return cells_.span(); }

  // What the functions below want to know of a key.
  static uint32_t HashOf(const CellKey& key) { return static_cast<uint32_t>(CellKeyHash()(key)); }

  // The number of the cell with exactly this key, if there is one.
  absl::optional<uint32_t> Find(const CellKey& key, uint32_t hash) const {
    for (uint32_t link = buckets_[BucketOf(hash)]; link != kEnd; link = next_[link - 1]) {
      if (cells_[link - 1] == key) return link - 1;
    }
    return absl::nullopt;
  }

  // Ask for the memory that Find() will touch: of its bucket, and, once that is there,
  // of the cell.
  void PrefetchBucket(uint32_t hash) const { Prefetch(&buckets_[BucketOf(hash)]); }
  void PrefetchCell(uint32_t hash) const {
    const uint32_t link = buckets_[BucketOf(hash)];
    if (link == kEnd) return;
    const auto* const cell = reinterpret_cast<const char*>(&cells_[link - 1]);
    Prefetch(cell);
    Prefetch(cell + sizeof(CellKey) - 1);  // it may lie in two lines
  }

  struct Added {
    uint32_t number;
    bool is_new;
  };
  // The number of the cell with this key, which it gets now if it is new.
  // REQUIRES: there is room, see kCellsMax.
  Added Add(const CellKey& key);

 private:
  // A link is 1 more than the number of a cell.
  static constexpr uint32_t kEnd = 0;

  // With 2^k to 2^(k+1) buckets, those that were not split yet go by k bits of the
  // hash, the others by k + 1.
  size_t BucketOf(uint32_t hash) const {
    const size_t bucket = hash & mask_;
    return bucket < buckets_.size() ? bucket : hash & (mask_ >> 1);
  }
  // Adds a bucket, with what it takes over from another one.
  void AddBucket();

  GrowingArray<CellKey> cells_;
  GrowingArray<uint32_t> hashes_;   // of the cells
  GrowingArray<uint32_t> next_;     // links from each cell to the next one of its bucket
  GrowingArray<uint32_t> buckets_;  // links to the first of each
  size_t mask_ = 0;                 // 2^n - 1, the smallest that reaches the last bucket
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_CELL_TABLE_H_
