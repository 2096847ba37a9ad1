// Fingerprints in memory with their positions: an open-addressing hash table
// of fixed capacity that is filled once and then only read.
//
// Thread-safety: Add() belongs to one thread and excludes readers; a full
// table may be read from any thread.
#ifndef COMMON_ID_INDEX_ID_TABLE_H_
#define COMMON_ID_INDEX_ID_TABLE_H_

#include <bit>
#include <vector>

#include "common/id_index/fingerprint.h"
#include "common/ledger/entry.h"

namespace repatriation {

struct IdRecord {
  Fingerprint fingerprint;
  Position position;

  friend auto operator<=>(const IdRecord&, const IdRecord&) = default;
};

class IdTable {
 public:
  // Room for `ids_max` records, at 16 to 32 bytes each.
  explicit IdTable(size_t ids_max)
      : ids_max_(ids_max), slots_(std::bit_ceil(ids_max + ids_max / 2)) {}

  size_t size() const { return size_; }
  bool full() const { return size_ == ids_max_; }
  Position first_position() const { return first_position_; }
  Position last_position() const { return last_position_; }

  // REQUIRES: !full(), and positions ascend.
  void Add(const IdRecord& record) {
    if (size_++ == 0) first_position_ = record.position;
    last_position_ = record.position;
    size_t slot = record.fingerprint & (slots_.size() - 1);
    while (slots_[slot].position != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = record;
  }

  void Prefetch(Fingerprint fingerprint) const {
    __builtin_prefetch(&slots_[fingerprint & (slots_.size() - 1)]);
  }

  // Appends the positions of all records with `fingerprint`.
  void Find(Fingerprint fingerprint, std::vector<Position>& positions) const {
    size_t slot = fingerprint & (slots_.size() - 1);
    for (; slots_[slot].position != 0; slot = (slot + 1) & (slots_.size() - 1)) {
      if (slots_[slot].fingerprint == fingerprint) positions.push_back(slots_[slot].position);
    }
  }

  // All records, in no particular order.
  std::vector<IdRecord> Records() const {
    std::vector<IdRecord> records;
    records.reserve(size_);
    for (const IdRecord& slot : slots_) {
      if (slot.position != 0) records.push_back(slot);
    }
    return records;
  }

 private:
  const size_t ids_max_;
  size_t size_ = 0;
  Position first_position_ = 0;
  Position last_position_ = 0;
  std::vector<IdRecord> slots_;  // position 0: free; never more than two thirds taken
};

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_TABLE_H_
