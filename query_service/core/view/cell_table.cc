#include "query_service/core/view/cell_table.h"

#include <cassert>
#include <utility>

namespace repatriation {

CellTable::CellTable(PagePreparer* preparer)
    : cells_(preparer), chain_(preparer), buckets_(preparer) {
  buckets_.push_back(kEnd);
}

CellTable::Added CellTable::Add(const CellKey& key, uint32_t hash) {
  if (const auto found = Find(key, hash)) return {*found, false};
  assert(cells_.size() < kCellsMax);
  const auto number = static_cast<uint32_t>(cells_.size());
  cells_.push_back(key);
  chain_.push_back({hash, std::exchange(buckets_[BucketOf(hash)], number + 1)});
  for (size_t i = 0; i < kBucketsPerCell; ++i) AddBucket();
  // For a later addition: buckets are split in order.
  const size_t added = buckets_.size() + kBucketsPerCell * kPrefetchAhead;
  const uint32_t link = buckets_[added & (mask_ >> 1)];
  if (link != kEnd) Prefetch(&chain_[link - 1]);
  return {number, true};
}

void CellTable::AddBucket() {
  const size_t added = buckets_.size();
  if (added > mask_) mask_ = 2 * mask_ + 1;
  buckets_.push_back(kEnd);
  // Split the bucket whose number is the same without the highest bit.
  uint32_t* link = &buckets_[added & (mask_ >> 1)];
  while (*link != kEnd) {
    ChainLink& cell = chain_[*link - 1];
    if ((cell.hash & mask_) == added) {
      const uint32_t moved = std::exchange(*link, cell.next);
      cell.next = std::exchange(buckets_[added], moved);
    } else {
      link = &cell.next;
    }
  }
}

}  // namespace repatriation
