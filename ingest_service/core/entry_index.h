// Where every id of the ledger was first recorded, and which events were
// voided: what makes deduplication and corrections exact, for ever.
//
// Derived from the ledger, so it follows the block without a sync, and is
// completed from the ledger's tail when it is opened.
//
// Thread-safety: one thread at a time.
#ifndef INGEST_SERVICE_CORE_ENTRY_INDEX_H_
#define INGEST_SERVICE_CORE_ENTRY_INDEX_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/id_index/id_index.h"
#include "common/ledger/block_cache.h"
#include "common/ledger/ledger_log.h"
#include "common/storage/store.h"

namespace repatriation {

class EntryIndex {
 public:
  // Tables of the store that the index uses.
  struct Tables {
    TableId voided;  // position of an event -> position of its voiding
    TableId meta;    // "voided_through" -> position
  };

  // Opens the index and completes it from `log`; blocks on I/O. Both must
  // outlive it. DATA_LOSS if it holds more than the log, or the log is
  // damaged where it is read; else as IdIndex::Open().
  static absl::StatusOr<std::unique_ptr<EntryIndex>> Open(Store* store, const Tables& tables,
                                                          const IdIndexOptions& ids,
                                                          const LedgerLog* log);

  // Up to where table `voided` is complete, from table `meta`; 0 if nothing is
  // there. DATA_LOSS or UNAVAILABLE.
  static absl::StatusOr<Position> ReadVoidedThrough(const Store& store, TableId meta);

  // Asks for the memory that Find() will touch of an id that is new.
  void Prefetch(Fingerprint fingerprint) const { ids_->Prefetch(fingerprint); }

  // The position at which `id` (of an event or a correction) was recorded.
  absl::StatusOr<absl::optional<Position>> Find(absl::string_view id, Fingerprint fingerprint);

  // The position of the entry that voided the event at `position`.
  absl::StatusOr<absl::optional<Position>> VoidedAt(Position position) const;

  // The block that holds `position`, decoded. As LedgerLog::ReadBlockOf().
  absl::StatusOr<std::shared_ptr<const DecodedBlock>> BlockOf(Position position) {
    return cache_.BlockOf(position);
  }

  // Take in the entries that follow those it holds, once they are in the log, both
  // for the same ones: those that void an event, up to position `through`; and the
  // fingerprint of each one's id. The first writes to the store.
  absl::Status AddVoidings(absl::Span<const LedgerEntry* const> voidings, Position through);
  absl::Status AddIds(absl::Span<const Fingerprint> fingerprints) {
    return ids_->AddAll(fingerprints);
  }

 private:
  EntryIndex(Store* store, const Tables& tables, const LedgerLog* log);

  absl::Status CompleteFrom(const LedgerLog& log, Position voided_through);

  Store* const store_;
  const Tables tables_;
  BlockCache cache_;
  std::unique_ptr<IdIndex> ids_;
  std::vector<Position> candidates_;  // of the Find() under way
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_ENTRY_INDEX_H_
