// Fingerprints and their positions in memory: an open-addressing hash table of
// fixed capacity that is filled once and then only read.
//
// A fingerprint's top bits select its slot: fingerprints are uniformly distributed,
// and reading the slots in order yields them nearly sorted.
//
// Thread-safety: Add() belongs to one thread and excludes readers; a full table may
// be read from any thread.
#ifndef COMMON_ID_INDEX_ID_TABLE_H_
#define COMMON_ID_INDEX_ID_TABLE_H_

#include <algorithm>
#include <bit>
#include <vector>

#include "common/base/memory/prefetch.h"
#include "common/id_index/id_record.h"
#include "common/id_index/zeroed_array.h"

namespace repatriation {

class IdTable {
 public:
  // Capacity for `ids_max` records, at 24 to 48 bytes each.
  explicit IdTable(size_t ids_max)
      : ids_max_(ids_max), slots_(std::max<size_t>(2, std::bit_ceil(ids_max + ids_max / 2))) {}

  // Prefaults its memory, which Add() would otherwise fault in. REQUIRES: nothing was
  // added yet.
  void Populate() { slots_.Populate(); }

  // Empties it; keeps its memory.
  void Clear() {
    slots_.Clear();
    size_ = 0;
    first_position_ = 0;
    last_position_ = 0;
  }

  size_t size() const { return size_; }
  bool full() const { return size_ == ids_max_; }
  Position first_position() const { return first_position_; }
  Position last_position() const { return last_position_; }

  // REQUIRES: !full(), and positions ascend.
  void Add(const IdRecord& record) {
    if (size_++ == 0) first_position_ = record.position;
    last_position_ = record.position;
    size_t slot = SlotOf(record.fingerprint);
    while (slots_[slot].position != 0) slot = Next(slot);
    slots_[slot] = record;
  }

  void Prefetch(Fingerprint fingerprint) const {
    repatriation::Prefetch(&slots_[SlotOf(fingerprint)]);
  }

  // Appends the positions of all records with `fingerprint`.
  void Find(Fingerprint fingerprint, std::vector<Position>& positions) const {
    for (size_t slot = SlotOf(fingerprint); slots_[slot].position != 0; slot = Next(slot)) {
      if (slots_[slot].fingerprint == fingerprint) positions.push_back(slots_[slot].position);
    }
  }

  // All records, ascending.
  std::vector<IdRecord> SortedRecords() const;

 private:
  size_t SlotOf(Fingerprint fingerprint) const { return fingerprint >> shift_; }
  size_t Next(size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

  const size_t ids_max_;
  size_t size_ = 0;
  Position first_position_ = 0;
  Position last_position_ = 0;
  ZeroedArray<IdRecord> slots_;  // position 0: free; at most two thirds are in use
  const int shift_ = 64 - std::countr_zero(slots_.size());
};

inline std::vector<IdRecord> IdTable::SortedRecords() const {
  std::vector<IdRecord> records;
  records.reserve(size_);
  std::vector<IdRecord> wrapped;  // wrapped around from the last slots to the first
  // The records between two free slots (a cluster) are unordered, clusters are ordered.
  size_t cluster = 0;
  const auto sort_cluster = [&] {
    if (records.size() - cluster > 1) {
      std::sort(records.begin() + static_cast<ptrdiff_t>(cluster), records.end());
    }
    cluster = records.size();
  };
  for (size_t slot = 0; slot < slots_.size(); ++slot) {
    const IdRecord& record = slots_[slot];
    if (record.position == 0) {
      sort_cluster();
    } else if (SlotOf(record.fingerprint) > slot) {
      wrapped.push_back(record);
    } else {
      records.push_back(record);
    }
  }
  records.insert(records.end(), wrapped.begin(), wrapped.end());
  sort_cluster();
  return records;
}

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_TABLE_H_
