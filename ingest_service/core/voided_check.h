// Checks the stored voiding index (see EntryIndex) against the ledger, in both
// directions. Entries that it has not reached yet are no flaw: the next start adds
// them.
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

  // Adds the next entries of the ledger. Keeps 16 bytes for each voiding.
  void Add(absl::Span<const LedgerEntry> entries);

  // Call after the last Add(). Compares; blocks on I/O. UNAVAILABLE if the table
  // cannot be read.
  absl::Status Finish();

  // The first flaw; set by Finish().
  const absl::optional<Flaw>& flaw() const { return flaws_.get(); }

 private:
  void Compare(absl::string_view key, absl::string_view value);
  // Records voidings of events before `event` that the table should contain.
  void RecordMissingBefore(Position event);

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
