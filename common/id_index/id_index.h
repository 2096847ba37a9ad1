// Exact, permanent index from every id of a ledger to its position, without a
// random write per id (a log-structured merge tree): recent ids in a hash table in
// memory, older ones in sorted runs that background threads write and merge, and a
// Bloom filter that recognizes almost every new id as new.
//
// Derived from the ledger: ids that are not in a run yet are read again from the
// ledger's tail at startup. The index stores only fingerprints; the caller compares
// the full id with the entry at each returned position.
//
// Cost of a new id: one cache miss. Of a recent one: one more in the table. Of an
// old one: one page read per run. On disk each id is written 1 + log(ids / run_ids) /
// log(merge_runs) times at 16 bytes, and the whole filter after every
// filter_save_ids.
//
// Two background threads: one writes full tables as runs, the other merges runs and
// saves the filter. Add() waits for the first if that falls behind, never for the
// second.
//
// Thread-safety: Find() and Prefetch() may be called from any thread, but not
// during an Add(), which belongs to one thread at a time.
#ifndef COMMON_ID_INDEX_ID_INDEX_H_
#define COMMON_ID_INDEX_ID_INDEX_H_

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/mutex.h"
#include "common/base/space_release.h"
#include "common/id_index/fingerprint.h"
#include "common/id_index/id_filter.h"
#include "common/id_index/id_merge.h"
#include "common/id_index/id_table.h"

namespace repatriation {

// These affect speed and memory, not results.
struct IdIndexOptions {
  // Directory of the runs; created if missing.
  std::string path;
  // Memory of the filter, 1 MiB to 64 GiB. At 100 million ids, 256 MiB are 21
  // bits per id.
  size_t filter_bytes = size_t{256} << 20;
  // Ids collected in a table in memory before they become a run, 100 to 100
  // million, at 24 to 48 bytes each (32 for the default). Normally two tables, one
  // being filled and one spare; up to four more when the disk is slow. About that
  // many ids are read from the ledger at startup.
  size_t run_ids = size_t{1} << 20;
  // Tables kept in memory after they became runs, so that retries of recent ids need
  // no I/O, 0 to 100.
  size_t recent_tables = 2;
  // Number of equal-sized runs merged at once, 2 to 64.
  size_t merge_runs = 8;
  // Ids written to runs between two saves of the filter, at least 1. A start reads
  // the filter and about that many ids from runs. Raise it for a filter of many GiB,
  // which would be written all the time.
  size_t filter_save_ids = size_t{8} << 20;
};

class IdIndex {
 public:
  // Opens the runs in options.path of a ledger that ends at `tail`, and restores the
  // filter, reading the runs that it does not cover yet. Deletes what is unusable:
  // leftovers of a merge, all runs from the first that ends after `tail`, a filter
  // that does not match the runs. DATA_LOSS if a part that is read of a run is
  // damaged (see Run::Open()) or a run belongs to another ledger, UNAVAILABLE if the
  // disk fails.
  static absl::StatusOr<std::unique_ptr<IdIndex>> Open(const IdIndexOptions& options,
                                                       const LedgerId& ledger_id, Position tail);
  // Writes the full tables; blocks until then. Aborts a merge in progress.
  ~IdIndex();

  // Last position that was added or is in a run; Add() continues after it.
  Position last_position() const { return last_position_; }

  // Prefetches the memory that Find() reads for a new id.
  void Prefetch(Fingerprint fingerprint) const { filter_.Prefetch(fingerprint); }

  // Sets `positions` to those of all entries whose ids have `fingerprint`, usually
  // none or one. May block on I/O. DATA_LOSS, naming file and page, if a page that it
  // must read is damaged; UNAVAILABLE.
  absl::Status Find(Fingerprint fingerprint, std::vector<Position>& positions) const;

  // Adds the id of the next position. Blocks while too many tables are pending; if
  // that is because writing them fails, returns the error and adds nothing. Writing
  // is retried automatically.
  absl::Status Add(Fingerprint fingerprint);
  // Add() for each, up to the first error, with prefetching.
  absl::Status AddAll(absl::Span<const Fingerprint> fingerprints);

 private:
  using Tables = std::deque<std::shared_ptr<const IdTable>>;

  IdIndex(const IdIndexOptions& options, const LedgerId& ledger_id);

  absl::Status OpenRuns(Position tail);
  absl::Status OpenFilter(const Runs& runs);
  absl::Status RotateTable();

  // On the writing thread.
  void WriteTables();
  void MakeSpare();
  // Recycles a table that is no longer in use as the spare one.
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

  mutable Mutex mutex_;
  CondVar changed_;
  // Full tables, oldest first; the last `unwritten_` of them are not in a run.
  Tables tables_ ABSL_GUARDED_BY(mutex_);
  size_t unwritten_ ABSL_GUARDED_BY(mutex_) = 0;
  // The next active table, a recycled one if possible: faulting in new memory takes
  // tens of milliseconds and blocks other threads. May be null.
  std::unique_ptr<IdTable> spare_ ABSL_GUARDED_BY(mutex_);
  Runs runs_ ABSL_GUARDED_BY(mutex_);             // by position, without gaps
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);  // of the writing thread
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // The filter on disk has the ids up to here; owned by the merging thread.
  Position saved_through_ = 0;
  // It is saved again once the runs reach this; owned by the merging thread.
  Position save_at_ = 0;
  std::atomic<bool> stop_merging_{false};
  std::thread writer_;
  std::thread merger_;
};

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_INDEX_H_
