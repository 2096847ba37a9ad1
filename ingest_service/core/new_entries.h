// The new entries of a group in block order, searchable by id because the entry
// index does not have them yet.
//
// A hash table of small numbers rather than a map from ids: it stays in the CPU cache,
// while each entry is used only once.
//
// Thread-safety: one thread at a time.
#ifndef INGEST_SERVICE_CORE_NEW_ENTRIES_H_
#define INGEST_SERVICE_CORE_NEW_ENTRIES_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "common/id_index/fingerprint.h"
#include "common/ledger/entry.h"

namespace repatriation {

class NewEntries {
 public:
  // Removes all entries; keeps the memory.
  void Clear();

  // Adds an entry, which must live until Clear(), and the fingerprint of its id.
  // REQUIRES: Find() finds no entry with this id.
  void Add(const LedgerEntry* entry, Fingerprint fingerprint);

  // The entry with this id; null if there is none.
  const LedgerEntry* Find(absl::string_view id, Fingerprint fingerprint) const;

  // In the order of Add().
  const std::vector<const LedgerEntry*>& entries() const { return entries_; }
  const std::vector<Fingerprint>& fingerprints() const { return fingerprints_; }
  // Those of them that void an event.
  const std::vector<const LedgerEntry*>& voidings() const { return voidings_; }
  // Whether one of them voids the event at `position`.
  bool Voids(Position position) const { return voided_.contains(position); }
  bool empty() const { return entries_.empty(); }
  Position size() const { return static_cast<Position>(entries_.size()); }

 private:
  // First slot to probe; fingerprints are uniform.
  size_t SlotOf(Fingerprint fingerprint) const { return fingerprint & (slots_.size() - 1); }
  size_t Next(size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void TakeSlot(Fingerprint fingerprint, uint32_t number);
  void Grow();

  std::vector<const LedgerEntry*> entries_;
  std::vector<Fingerprint> fingerprints_;
  std::vector<const LedgerEntry*> voidings_;
  absl::flat_hash_set<Position> voided_;
  // Entry numbers, from 1; 0: free. Its size is a power of two, at least twice the
  // number of entries, which keeps probes short.
  std::vector<uint32_t> slots_ = std::vector<uint32_t>(1024);
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_NEW_ENTRIES_H_
