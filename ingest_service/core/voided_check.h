// Checks the stored table of voidings (see EntryIndex) against the ledger, in
// both directions. What it does not hold yet is no flaw: a start adds it.
//
// Thread-safety: one thread at a time.
#ifndef INGEST_SERVICE_CORE_VOIDED_CHECK_H_
#define INGEST_SERVICE_CORE_VOIDED_CHECK_H_

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/proof/flaw.h"
#include "common/storage/store.h"
#include "ingest_service/core/entry_index.h"

namespace repatriation {

class VoidedCheck {
 public:
  // `store` must outlive the check.
  VoidedCheck(const Store* store, const EntryIndex::Tables& tables)
      : store_(store), tables_(tables) {}

  // The next entries of the ledger. Keeps 16 bytes for each voiding.
  void Add(absl::Span<const LedgerEntry> entries);

  // There are no more; blocks on I/O. UNAVAILABLE if the table cannot be read.
  absl::Status Finish();

  // The first one; set by Finish().
  const absl::optional<Flaw>& flaw() const { return flaws_.get(); }

 private:
  void Compare(absl::string_view key, absl::string_view value);
  // Notes those of `voided_` before `event` that the table should hold.
  void NoteMissingBefore(Position event);

  const Store* const store_;
  const EntryIndex::Tables tables_;
  Position last_ = 0;
  std::vector<std::pair<Position, Position>> voided_;  // event, voiding; sorted by Finish()
  size_t compared_ = 0;                                // of voided_
  Position through_ = 0;                               // the table is complete up to here
  FirstFlaw flaws_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_VOIDED_CHECK_H_
