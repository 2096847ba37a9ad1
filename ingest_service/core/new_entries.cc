#include "ingest_service/core/new_entries.h"

#include <algorithm>

namespace repatriation {

void NewEntries::Clear() {
  if (entries_.size() < slots_.size() / 16) {
    // Few of many slots are taken: free only those. Freed ones do not end the search.
    for (uint32_t number = 1; number <= entries_.size(); ++number) {
      size_t slot = SlotOf(fingerprints_[number - 1]);
      while (slots_[slot] != number) slot = Next(slot);
      slots_[slot] = 0;
    }
  } else {
    std::fill(slots_.begin(), slots_.end(), 0);
  }
  entries_.clear();
  fingerprints_.clear();
  voidings_.clear();
  voided_.clear();
}

void NewEntries::Add(const LedgerEntry* entry, Fingerprint fingerprint) {
  entries_.push_back(entry);
  fingerprints_.push_back(fingerprint);
  if (entry->type == EntryType::kVoiding) {
    voidings_.push_back(entry);
    voided_.insert(entry->target_position);
  }
  if (2 * entries_.size() > slots_.size()) return Grow();
  TakeSlot(fingerprint, static_cast<uint32_t>(entries_.size()));
}

void NewEntries::Grow() {
  slots_.assign(2 * slots_.size(), 0);
  for (uint32_t number = 1; number <= entries_.size(); ++number) {
    TakeSlot(fingerprints_[number - 1], number);
  }
}

void NewEntries::TakeSlot(Fingerprint fingerprint, uint32_t number) {
  size_t slot = SlotOf(fingerprint);
  while (slots_[slot] != 0) slot = Next(slot);
  slots_[slot] = number;
}

const LedgerEntry* NewEntries::Find(absl::string_view id, Fingerprint fingerprint) const {
  for (size_t slot = SlotOf(fingerprint); slots_[slot] != 0; slot = Next(slot)) {
    const size_t index = slots_[slot] - 1;
    if (fingerprints_[index] == fingerprint && entries_[index]->id == id) return entries_[index];
  }
  return nullptr;
}

}  // namespace repatriation
