// The new entries of a group: what its block will hold, in order, and found by
// their ids, since the index does not know them yet.
//
// A hash table of small numbers instead of a map from ids: it stays in the
// processor's cache while the entries, which pass once, do not.
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
  // Forgets all of them; keeps the memory.
  void Clear();

  // Adds an entry, which must live until Clear(), and the fingerprint of its id.
  // REQUIRES: Find() does not know the id.
  void Add(const LedgerEntry* entry, Fingerprint fingerprint);

  // The entry with this id; null if there is none.
  const LedgerEntry* Find(absl::string_view id, Fingerprint fingerprint) const;

  // In the order in which they were added.
  const std::vector<const LedgerEntry*>& entries() const { return entries_; }
  const std::vector<Fingerprint>& fingerprints() const { return fingerprints_; }
  // Those of them that void an event.
  const std::vector<const LedgerEntry*>& voidings() const { return voidings_; }
  // Whether one of them voids the event at `position`.
  bool Void(Position position) const { return voided_.contains(position); }
  bool empty() const { return entries_.empty(); }
  Position size() const { return static_cast<Position>(entries_.size()); }

 private:
  // Where the search for a fingerprint begins: these are uniform.
  size_t SlotOf(Fingerprint fingerprint) const { return fingerprint & (slots_.size() - 1); }
  size_t Next(size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void TakeSlot(Fingerprint fingerprint, uint32_t number);
  void Grow();

  std::vector<const LedgerEntry*> entries_;
  std::vector<Fingerprint> fingerprints_;
  std::vector<const LedgerEntry*> voidings_;
  absl::flat_hash_set<Position> voided_;
  // Numbers of entries, from 1; 0: free. A power of two, at least twice as many as
  // entries, so that a search ends soon.
  std::vector<uint32_t> slots_ = std::vector<uint32_t>(1024);
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_NEW_ENTRIES_H_
