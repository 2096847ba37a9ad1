// Index of the position at which every id was recorded, and of the voided events.
// It makes deduplication and corrections exact, with no time limit.
//
// It is derived from the ledger, so it is written without a sync after each block
// and completed from the ledger when it is opened.
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

  // Opens the index and completes it from `log`; blocks on I/O. `store` and `log`
  // must outlive it. DATA_LOSS if it reaches beyond the log, or the log is damaged
  // where it is read; otherwise as IdIndex::Open().
  static absl::StatusOr<std::unique_ptr<EntryIndex>> Open(Store* store, const Tables& tables,
                                                          const IdIndexOptions& ids,
                                                          const LedgerLog* log);

  // The position through which table `voided` is complete, from table `meta`; 0 if
  // not stored. DATA_LOSS or UNAVAILABLE.
  static absl::StatusOr<Position> ReadVoidedThrough(const Store& store, TableId meta);

  // Prefetches the memory that Find() reads for a new id.
  void Prefetch(Fingerprint fingerprint) const { ids_->Prefetch(fingerprint); }

  // The position at which `id` (of an event or a correction) was recorded.
  absl::StatusOr<absl::optional<Position>> Find(absl::string_view id, Fingerprint fingerprint);

  // The position of the entry that voided the event at `position`.
  absl::StatusOr<absl::optional<Position>> VoidedAt(Position position) const;

  // The block that holds `position`, decoded. As LedgerLog::ReadBlockOf().
  absl::StatusOr<std::shared_ptr<const DecodedBlock>> BlockOf(Position position) {
    return cache_.BlockOf(position);
  }

  // Index the next entries of the log; call both for the same entries.
  // AddVoidings() takes those that void an event, through position `through`, and
  // writes to the store. AddIds() takes the fingerprint of each entry's id.
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
  std::vector<Position> candidates_;  // of the current Find()
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_ENTRY_INDEX_H_
