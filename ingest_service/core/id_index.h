// Where every id of the ledger was first recorded, and which events were
// voided: what makes deduplication and corrections exact, for ever.
//
// Derived from the ledger, so it is written without a sync, after the block.
// It carries the position up to which it is built and is completed from the
// ledger's tail when it is opened.
//
// Thread-safety: one thread at a time.
#ifndef INGEST_SERVICE_CORE_ID_INDEX_H_
#define INGEST_SERVICE_CORE_ID_INDEX_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/ledger/ledger_log.h"
#include "common/storage/store.h"

namespace repatriation {

class IdIndex {
 public:
  // Tables of the store that the index owns.
  struct Tables {
    TableId ids;     // id -> position of its entry
    TableId voided;  // position of an event -> position of its voiding
    TableId meta;    // "id_index_built_through" -> position
  };

  // Opens the index and completes it from `log`; blocks on I/O. Both must
  // outlive it. DATA_LOSS if it holds more than the log, or the log is
  // damaged where it is read.
  static absl::StatusOr<std::unique_ptr<IdIndex>> Open(Store* store, const Tables& tables,
                                                       const LedgerLog* log);

  // The position at which `id` (of an event or a correction) was recorded.
  absl::StatusOr<absl::optional<Position>> Find(absl::string_view id) const;

  // The position of the entry that voided the event at `position`.
  absl::StatusOr<absl::optional<Position>> VoidedAt(Position position) const;

  // Takes in the entries that follow those it holds.
  absl::Status Add(absl::Span<const LedgerEntry> entries);

 private:
  IdIndex(Store* store, const Tables& tables) : store_(store), tables_(tables) {}

  absl::StatusOr<absl::optional<Position>> GetPosition(TableId table, absl::string_view key) const;
  absl::Status CompleteFrom(const LedgerLog& log);

  Store* const store_;
  const Tables tables_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_ID_INDEX_H_
