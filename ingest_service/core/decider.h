// Decides what becomes of each valid submission, given the ledger and those
// decided before it: new, a duplicate, or rejected because of what the ledger
// holds.
//
// What is decided together is a group. While one is open another one, closed
// before it, may still be on its way to the disk: it counts as recorded here, so
// if that fails the open one has to be given up too.
//
// Exact and without a window: the entry index knows every id for ever, and a
// known id is compared with the entry itself, read back from the ledger.
//
// Thread-safety: one thread at a time.
#ifndef INGEST_SERVICE_CORE_DECIDER_H_
#define INGEST_SERVICE_CORE_DECIDER_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/ledger/ledger_log.h"
#include "ingest_service/core/batch.h"
#include "ingest_service/core/entry_index.h"
#include "ingest_service/core/new_entries.h"

namespace repatriation {

class Decider {
 public:
  // Begins after the log's tail. `index` must outlive the decider.
  Decider(const LedgerLog* log, EntryIndex* index);

  // Decides every submission of `batch`, which must live until the group has been
  // taken or given up, and completes its result: positions, duplicates,
  // rejections. Errors (DATA_LOSS, UNAVAILABLE) mean that the ledger could not be
  // read; the group must then be given up.
  absl::Status Decide(CheckedBatch& batch);

  // The open group's new entries, with their positions.
  const NewEntries& new_entries() const { return open_; }

  // Closes the open group and opens the next. REQUIRES: no other one is closed.
  void Close();
  // Takes the closed group, which then no longer counts: before Decide() is called
  // again it must be in the log and the index. REQUIRES: `entries` is empty.
  void TakeClosed(NewEntries& entries);
  // Forgets what the open group decided.
  void GiveUp();

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

  EntryIndex* const index_;
  std::shared_ptr<const DecodedBlock> last_read_;

  Position open_after_;  // the position before the open group's first
  NewEntries open_;
  NewEntries closed_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_DECIDER_H_
