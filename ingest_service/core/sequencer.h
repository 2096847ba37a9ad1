// Gives every accepted submission its position, makes it durable, and only
// then acknowledges it: the heart of the ingest service.
//
// Callers enqueue batches. One writer thread decides each batch against the ledger
// (new, duplicate, rejected) as part of a group. Another thread appends the group's
// new entries as one block; then the writer thread answers the group's batches in
// the order of Enqueue(). While a block is being synced, the next group is collected
// and decided. So all batches of a group share the cost of a sync (group commit),
// and disk and CPU work overlap.
//
// If an append fails, it is unknown whether the block was written: it is not
// acknowledged, and every later batch gets UNAVAILABLE until a restart. The same
// happens if the ledger is found damaged. A read that fails before anything was
// written leaves no such doubt, and fails only its own group.
//
// Thread-safety: Enqueue() and Drain() may be called from any thread. Callbacks run
// on the writer thread and must not block.
#ifndef INGEST_SERVICE_CORE_SEQUENCER_H_
#define INGEST_SERVICE_CORE_SEQUENCER_H_

#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/mutex.h"
#include "common/ledger/block.h"
#include "common/ledger/ledger_log.h"
#include "ingest_service/core/batch.h"
#include "ingest_service/core/decider.h"
#include "ingest_service/core/entry_index.h"
#include "ingest_service/core/tail_watch.h"

namespace repatriation {

// Limits; they affect speed and memory, not results.
struct SequencerOptions {
  // Submissions and bytes (of requests) that may wait to be written.
  size_t queue_submissions_max = 200'000;
  size_t queue_bytes_max = size_t{64} << 20;
  // Submissions and bytes of one block. A batch is never split, so one batch of any
  // size fits. Raising these increases the latency of acknowledgements.
  size_t group_submissions_max = 8192;
  size_t group_bytes_max = size_t{1} << 20;
  // Suggested retry delay when the queue is full.
  absl::Duration retry_delay = absl::Milliseconds(100);
};

class Sequencer {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<v1::BatchResult>)>;

  // Starts the writer thread. `on_failure` is called at most once, on that thread,
  // when the first append fails. All pointers must outlive the sequencer.
  Sequencer(LedgerLog* log, EntryIndex* index, TailWatch* watch, const Clock* clock,
            const SequencerOptions& options, absl::AnyInvocable<void(absl::Status)> on_failure);

  // Drain().
  ~Sequencer();

  // Queues the batch. If this returns OK, `done` is called once, later: with the
  // result when it is durable, or with UNAVAILABLE, reason LEDGER_FAILED if the write
  // failed (after a restart the batch may or may not be recorded) or
  // LEDGER_UNREADABLE if a read failed (no part of it is recorded). Otherwise `done`
  // is never called, and the status is RESOURCE_EXHAUSTED with RetryInfo (the queue
  // is full) or UNAVAILABLE (draining, or an earlier append failed).
  // The memory that the batch views must live until `done`. Does not block.
  [[nodiscard]] absl::Status Enqueue(CheckedBatch batch, Done done);

  // Rejects new batches, answers the waiting ones and joins the writer thread.
  // Blocks until then. May be called more than once.
  void Drain();

 private:
  struct Waiting {
    CheckedBatch batch;
    Done done;
  };

  // Batches that are decided, recorded and answered together.
  struct Group {
    std::vector<Waiting> waiting;
    size_t submissions = 0;
    size_t bytes = 0;
    Position last_position = 0;  // of the block being appended
    absl::Status status;         // if not OK, why none of it is recorded
  };

  // All on the writer thread.
  void Write();
  bool append_in_progress() const { return !appending_.waiting.empty(); }
  // Whether the queue has a batch that the open group can take.
  bool CanPopLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether no batch is waiting, being decided or being appended.
  bool IdleLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Pops the batches that the open group can take, or only the first of them.
  std::vector<Waiting> PopBatchesLocked(bool all) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Decide(Waiting waiting);
  // Closes the open group: starts to append its block, or answers it if it has none.
  // REQUIRES: no append is in progress.
  void CloseGroup();
  // Indexes the group whose append has ended, and answers it.
  void FinishAppend(const absl::Status& appended);
  // Discards the entries of the open group; it will be answered with `status`.
  void FailOpenGroup(const absl::Status& status);
  static void Answer(Group group);
  // Logs that the ledger could not be read; returns the answer for callers.
  static absl::Status ReportUnreadable(const absl::Status& status);
  // Latches a failure; returns the answer for all later callers.
  absl::Status Fail(const absl::Status& status);
  // The latched failure; OK if there is none.
  absl::Status Failure();

  LedgerLog* const log_;
  EntryIndex* const index_;
  TailWatch* const watch_;
  const Clock* const clock_;
  const SequencerOptions options_;
  absl::AnyInvocable<void(absl::Status)> on_failure_;

  // Only the writer thread uses these.
  Decider decider_;
  LedgerTail tail_;  // of the last closed block
  Group open_;
  absl::optional<BlockBuilder> builder_;  // of the open group's block
  Group appending_;                       // has no batches while no append is in progress
  NewEntries finished_;                   // used only during FinishAppend()

  Mutex mutex_;
  CondVar changed_;
  std::deque<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queue_submissions_ ABSL_GUARDED_BY(mutex_) = 0;  // includes those of the open group
  size_t queue_bytes_ ABSL_GUARDED_BY(mutex_) = 0;        // likewise
  // Result of the append; set when it has ended, until the writer thread reads it.
  absl::optional<absl::Status> appended_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);  // never OK again once set

  std::once_flag joined_;
  Executor appender_{"append", /*threads=*/1, /*queue_max=*/1};
  std::thread writer_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_SEQUENCER_H_
