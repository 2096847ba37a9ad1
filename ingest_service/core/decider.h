// Decides what becomes of each valid submission, given the ledger and those
// decided before it in the same group: new, a duplicate, or rejected because
// of what the ledger holds.
//
// Exact and without a window: the entry index knows every id for ever, and a
// known id is compared with the entry itself, read back from the ledger.
//
// Thread-safety: one thread at a time.
#ifndef INGEST_SERVICE_CORE_DECIDER_H_
#define INGEST_SERVICE_CORE_DECIDER_H_

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/ledger/ledger_log.h"
#include "ingest_service/core/batch.h"
#include "ingest_service/core/entry_index.h"
#include "ingest_service/core/new_entries.h"

namespace repatriation {

class Decider {
 public:
  // Both must outlive the decider.
  Decider(const LedgerLog* log, EntryIndex* index);

  // Begins a group that will follow the log's tail; forgets the last one.
  void Begin();

  // Decides every submission of `batch`, which must live until the group has
  // ended, and completes its result: positions, duplicates, rejections. Errors (DATA_LOSS,
  // UNAVAILABLE) mean that the ledger could not be read; the group must then be given up.
  absl::Status Decide(CheckedBatch& batch);

  // The group's new entries, with their positions.
  const NewEntries& new_entries() const { return new_entries_; }

 private:
  absl::Status DecideOne(int index, ValidSubmission& submission, CheckedBatch& batch);
  absl::Status DecideKnownId(int index, Position known, ValidSubmission& submission,
                             CheckedBatch& batch);
  absl::StatusOr<absl::optional<Violation>> CheckTarget(ValidSubmission& submission);
  absl::StatusOr<absl::optional<Position>> Find(absl::string_view id, Fingerprint fingerprint);
  absl::StatusOr<bool> IsVoided(Position event) const;
  // The entry at `position`, in the group or in the ledger; valid until the
  // next call.
  absl::StatusOr<const LedgerEntry*> EntryAt(Position position);

  const LedgerLog* const log_;
  EntryIndex* const index_;
  std::shared_ptr<const DecodedBlock> last_read_;

  Position group_start_ = 0;  // the log's tail when the group began
  NewEntries new_entries_;
  absl::flat_hash_set<Position> newly_voided_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_DECIDER_H_
