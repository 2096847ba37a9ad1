// Gives every accepted submission its position, makes it durable, and only
// then answers: the heart of the ingest service.
//
// Callers enqueue batches. One writer thread decides them one after the other
// against the ledger (new, duplicate, rejected), as part of a group, whose new
// entries are appended as one block by another thread; then the writer answers
// the group's batches, in the order in which they came. While a block is being
// synced the next group gathers and is decided, so the cost of a sync is shared
// by all who wait (group commit), and neither the disk nor the processor waits
// for the other.
//
// If an append fails, the state of the block is unknown: it is not answered
// as recorded, and every batch from then on gets UNAVAILABLE until a restart. So
// it is where the ledger turns out to be damaged. A read that fails before
// anything was written leaves no doubt, and refuses its group alone.
//
// Thread-safety: Enqueue() and the readers of state may be called from any
// thread. Callbacks run on the writer thread and must not block.
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

// Limits; they change speed and memory, not answers.
struct SequencerOptions {
  // Submissions and bytes (of requests) that may wait to be written.
  size_t queue_submissions_max = 200'000;
  size_t queue_bytes_max = size_t{64} << 20;
  // What one block takes; a batch is never split, so that one batch of any
  // size fits. Raising it costs latency of the acknowledgement.
  size_t group_submissions_max = 8192;
  size_t group_bytes_max = size_t{1} << 20;
  // What a caller is told to wait when the queue is full.
  absl::Duration retry_delay = absl::Milliseconds(100);
};

class Sequencer {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<v1::BatchResult>)>;

  // Starts the writer thread. `on_failure` is called once, on that thread,
  // when an append failed. All pointers must outlive the sequencer.
  Sequencer(LedgerLog* log, EntryIndex* index, TailWatch* watch, const Clock* clock,
            const SequencerOptions& options, absl::AnyInvocable<void(absl::Status)> on_failure);

  // Drain().
  ~Sequencer();

  // Takes the batch, and calls `done` once, later: with the result when it is
  // durable, or with UNAVAILABLE: LEDGER_FAILED if the write failed (the batch
  // may or may not be found recorded after a restart), LEDGER_UNREADABLE if a
  // read did (nothing of it is recorded). Otherwise `done` is
  // never called, and the result is RESOURCE_EXHAUSTED with RetryInfo (the
  // queue is full) or UNAVAILABLE (draining, or an earlier append failed).
  // What the batch refers to must live until `done`. Does not block.
  [[nodiscard]] absl::Status Enqueue(CheckedBatch batch, Done done);

  // Takes no more batches, answers those that wait, ends the writer thread.
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
    Position last_position = 0;  // of the block that is being appended
    absl::Status status;         // if not OK, why nothing of it is recorded
  };

  // All on the writer thread.
  void Write();
  bool append_under_way() const { return !appending_.waiting.empty(); }
  // Whether the open group may take the first batch of the queue.
  bool TakesNextLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether no batch is waiting, being decided or being appended.
  bool IdleLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes what has gathered, or only the first batch of it, as far as the open group
  // may.
  std::vector<Waiting> TakeBatchesLocked(bool all) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Decide(Waiting waiting);
  // Ends the open group: begins to append its block, or answers it if it has none.
  // REQUIRES: no append is under way.
  void CloseGroup();
  // Takes in the group whose append has ended, and answers it.
  void Settle(const absl::Status& appended);
  // Nothing of the open group is recorded, since `status`.
  void GiveUpOpen(const absl::Status& status);
  static void Answer(Group group);
  // What to answer where the ledger could not be read.
  static absl::Status RefuseUnread(const absl::Status& status);
  // Latches a failure; what to answer from now on.
  absl::Status Fail(const absl::Status& status);
  // OK until a failure has latched.
  absl::Status Failure();

  LedgerLog* const log_;
  EntryIndex* const index_;
  TailWatch* const watch_;
  const Clock* const clock_;
  const SequencerOptions options_;
  absl::AnyInvocable<void(absl::Status)> on_failure_;

  // Only the writer thread uses these.
  Decider decider_;
  LedgerTail tail_;  // of the block that was closed last
  Group open_;
  absl::optional<BlockBuilder> builder_;  // of the open group's block
  Group appending_;                       // of no batches while no append is under way
  NewEntries settled_;                    // of the group that is being settled

  Mutex mutex_;
  CondVar changed_;
  std::deque<Waiting> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queue_submissions_ ABSL_GUARDED_BY(mutex_) = 0;  // with those of the open group
  size_t queue_bytes_ ABSL_GUARDED_BY(mutex_) = 0;        // likewise
  // How the append ended.
  absl::optional<absl::Status> appended_ ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);  // never OK again once set

  std::once_flag joined_;
  Executor appender_{"append", /*threads=*/1, /*queue_max=*/1};
  std::thread writer_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_SEQUENCER_H_
