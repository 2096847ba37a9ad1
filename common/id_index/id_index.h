// Where every id of a ledger was first recorded, exact and for ever, without
// a random write an id: recent ids in a hash table in memory, older ones in
// sorted runs that a background thread writes and merges, and one filter that
// says of almost every new id that it is new.
//
// Derived from the ledger: what is not in a run yet is read again from the
// ledger's tail at start. The index knows fingerprints; whoever asks compares
// the entry at each position it answers with the id in full.
//
// Cost of an id that is new: one cache miss. Of one that is recent: one more
// in the table. Of an old one: one page read from each run. On the disk each
// id is written 1 + log(ids / run_ids) / log(merge_runs) times at 16 bytes, and
// the filter whole after every filter_save_ids.
//
// Two background threads: one writes full tables as runs, the other merges runs
// and saves the filter. Add() waits for the first when that falls behind, never
// for the second.
//
// Thread-safety: Find() and Prefetch() may be called from any thread, but not
// during an Add(), which belongs to one thread at a time.
#ifndef COMMON_ID_INDEX_ID_INDEX_H_
#define COMMON_ID_INDEX_ID_INDEX_H_

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/space_release.h"
#include "common/id_index/fingerprint.h"
#include "common/id_index/id_filter.h"
#include "common/id_index/id_merge.h"
#include "common/id_index/id_table.h"

namespace repatriation {

// Limits; they change speed and memory, not answers.
struct IdIndexOptions {
  // Directory of the runs; made if missing.
  std::string path;
  // Memory of the filter, 1 MiB to 64 GiB. At 100 million ids, 256 MiB are 21
  // bits an id.
  size_t filter_bytes = size_t{256} << 20;
  // Ids gathered in a table in memory before they become a run, 100 to 100
  // million, at 24 to 48 bytes each (32 as set here). Two tables as a rule, one
  // being filled and one spare; up to four more when the disk is slow. About
  // that many ids are read from the ledger at a start.
  size_t run_ids = size_t{1} << 20;
  // Tables kept in memory after they became runs, so that retries of what was
  // just recorded need no disk, 0 to 100.
  size_t recent_tables = 2;
  // As many runs of about the same size are merged into one, 2 to 64.
  size_t merge_runs = 8;
  // Ids that become runs before the filter is written to disk again, at least
  // 1. A start reads the filter and about that many ids from runs; raise it
  // with a filter of many GiB, which would be written all the time.
  size_t filter_save_ids = size_t{8} << 20;
};

class IdIndex {
 public:
  // Opens the runs in options.path that lie within a ledger that ends at
  // `tail`, and reads the filter, with the runs that it does not hold yet.
  // What is of no use any more is deleted: leftovers of a merge, all runs from
  // the first that reaches beyond `tail`, a filter that does not fit the runs.
  // DATA_LOSS if a run is damaged as far as it is read (see Run::Open()) or of
  // another ledger, UNAVAILABLE if the disk fails.
  static absl::StatusOr<std::unique_ptr<IdIndex>> Open(const IdIndexOptions& options,
                                                       const LedgerId& ledger_id, Position tail);
  // Writes the tables that are full; blocks until then. Leaves a merge undone.
  ~IdIndex();

  // Last position that was added or is in a run; Add() goes on after it.
  Position last_position() const { return last_position_; }

  // Asks for the memory that Find() will touch of an id that is new.
  void Prefetch(Fingerprint fingerprint) const { filter_.Prefetch(fingerprint); }

  // Sets `positions` to those of all entries whose ids have `fingerprint`:
  // mostly none, or the one. May block on I/O. DATA_LOSS, naming file and page,
  // if what it has to read is damaged; UNAVAILABLE.
  absl::Status Find(Fingerprint fingerprint, std::vector<Position>& positions) const;

  // Adds the id of the next position. Blocks while too many tables are still
  // to be written; where that is because writing fails, returns its error and
  // adds nothing. It is tried again by itself.
  absl::Status Add(Fingerprint fingerprint);
  // Add() of one after the other up to the first error, several waiting for memory
  // at the same time.
  absl::Status AddAll(absl::Span<const Fingerprint> fingerprints);

 private:
  using Tables = std::deque<std::shared_ptr<const IdTable>>;

  IdIndex(const IdIndexOptions& options, const LedgerId& ledger_id);

  absl::Status OpenRuns(Position tail);
  absl::Status OpenFilter();
  absl::Status RotateTable();

  // On the writing thread.
  void WriteTables();
  void MakeSpare();
  // Takes a table that nobody uses any more, for another one in its memory.
  void Retire(IdTable* table);
  absl::Status WriteTable(const IdTable& table);

  // On the merging thread.
  void MergeAndSave();
  absl::Status Merge(Runs parts);
  void Save();
  void Release(SpaceRelease& space);

  const IdIndexOptions options_;
  const LedgerId ledger_id_;
  IdFilter filter_;
  Position last_position_ = 0;
  std::unique_ptr<IdTable> active_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_. Full tables, oldest first; the last `unwritten_` of
  // them are not in a run yet.
  Tables tables_;
  size_t unwritten_ = 0;
  // The next active table, an emptied one if there is: the system takes tens
  // of milliseconds for new memory, and holds up others meanwhile. Guarded by
  // mutex_; may be null.
  std::unique_ptr<IdTable> spare_;
  Runs runs_;             // by position, without gaps; guarded by mutex_
  absl::Status failure_;  // of the writing thread, guarded by mutex_
  bool stopping_ = false;
  // The filter on disk holds the ids up to here; of the merging thread.
  Position saved_through_ = 0;
  // It is written again once the runs reach this; of the merging thread.
  Position save_at_ = 0;
  std::atomic<bool> stop_merging_{false};
  std::thread writer_;
  std::thread merger_;
};

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_INDEX_H_
