#include "query_service/core/cell_table.h"

#include <cassert>
#include <utility>

namespace repatriation {

CellTable::CellTable(PagePreparer* preparer)
    : cells_(preparer), hashes_(preparer), next_(preparer), buckets_(preparer) {
  buckets_.push_back(kEnd);
}

CellTable::Added CellTable::Add(const CellKey& key) {
  const uint32_t hash = HashOf(key);
  if (const auto found = Find(key, hash)) return {*found, false};
  assert(cells_.size() < kCellsMax);
  const auto number = static_cast<uint32_t>(cells_.size());
  cells_.push_back(key);
  hashes_.push_back(hash);
  next_.push_back(std::exchange(buckets_[BucketOf(hash)], number + 1));
  for (int i = 0; i < 2; ++i) AddBucket();
  return {number, true};
}

void CellTable::AddBucket() {
  const size_t added = buckets_.size();
  if (added > mask_) mask_ = 2 * mask_ + 1;
  buckets_.push_back(kEnd);
  // It takes from the one that has all but its highest bit in common with it.
  uint32_t* link = &buckets_[added & (mask_ >> 1)];
  while (*link != kEnd) {
    const uint32_t cell = *link - 1;
    if ((hashes_[cell] & mask_) == added) {
      const uint32_t moved = std::exchange(*link, next_[cell]);
      next_[cell] = std::exchange(buckets_[added], moved);
    } else {
      link = &next_[cell];
    }
  }
}

}  // namespace repatriation
