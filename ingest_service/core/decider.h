// Decides for each valid submission, given the ledger and the submissions decided
// before it, whether it is new, a duplicate, or rejected because it conflicts with
// the ledger.
//
// Submissions are decided in groups. While one group is open, the previous one,
// closed, may still be being written to disk. It counts as recorded here, so if that
// write fails the open group must be discarded too.
//
// Deduplication is exact and has no time window: the entry index knows every id ever
// recorded, and a known id is compared with the entry itself, read back from the
// ledger.
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
  // Starts after the log's tail. `index` must outlive the decider.
  Decider(const LedgerLog* log, EntryIndex* index);

  // Decides every submission of `batch`, which must live until the group has been
  // taken or discarded, and completes its result: positions, duplicates,
  // rejections. Errors (DATA_LOSS, UNAVAILABLE) mean that the ledger could not be
  // read; the group must then be discarded.
  absl::Status Decide(CheckedBatch& batch);

  // The open group's new entries, with their positions.
  const NewEntries& new_entries() const { return open_; }

  // Closes the open group and opens the next. REQUIRES: there is no closed group.
  void Close();
  // Moves the closed group into `entries`. The decider forgets it, so it must be in
  // the log and the index before the next Decide(). REQUIRES: `entries` is empty.
  void TakeClosed(NewEntries& entries);
  // Drops the entries of the open group.
  void DiscardOpenGroup();

 private:
  absl::Status DecideOne(int index, ValidSubmission& submission, CheckedBatch& batch);
  absl::Status DecideKnownId(int index, Position known, ValidSubmission& submission,
                             CheckedBatch& batch);
  absl::StatusOr<absl::optional<Violation>> CheckTarget(ValidSubmission& submission);
  absl::StatusOr<absl::optional<Position>> Find(absl::string_view id, Fingerprint fingerprint);
  absl::StatusOr<bool> IsVoided(Position event) const;
  // The entry at `position`, in a group or in the ledger; valid until the next call.
  absl::StatusOr<const LedgerEntry*> EntryAt(Position position);

  EntryIndex* const index_;
  std::shared_ptr<const DecodedBlock> last_read_;

  Position open_after_;  // the position before the open group's first
  NewEntries open_;
  NewEntries closed_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_DECIDER_H_
