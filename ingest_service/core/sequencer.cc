#include "ingest_service/core/sequencer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"

namespace repatriation {

Sequencer::Sequencer(LedgerLog* log, EntryIndex* index, TailWatch* watch, const Clock* clock,
                     const SequencerOptions& options,
                     absl::AnyInvocable<void(absl::Status)> on_failure)
    : log_(log),
      index_(index),
      watch_(watch),
      clock_(clock),
      options_(options),
      on_failure_(std::move(on_failure)),
      decider_(log, index),
      tail_(log->tail()),
      writer_([this] { Write(); }) {}

Sequencer::~Sequencer() { Drain(); }

absl::Status Sequencer::Enqueue(CheckedBatch batch, Done done) {
  {
    const MutexLock lock(mutex_);
    if (!failure_.ok()) return failure_;
    if (draining_) {
      return WithReason(absl::UnavailableError("the service is draining"), "DRAINING");
    }
    // An empty queue accepts a batch of any size; otherwise a large one could never
    // be recorded.
    if (queue_submissions_ > 0 &&
        (queue_submissions_ + batch.submissions.size() > options_.queue_submissions_max ||
         queue_bytes_ + batch.bytes > options_.queue_bytes_max)) {
      return Exhausted(absl::StrCat("request queue is full: ", queue_submissions_,
                                    " submissions are waiting to be written"),
                       options_.retry_delay);
    }
    queue_submissions_ += batch.submissions.size();
    queue_bytes_ += batch.bytes;
    queue_.push_back({std::move(batch), std::move(done)});
  }
  changed_.NotifyOne();
  return absl::OkStatus();
}

void Sequencer::Drain() {
  {
    const MutexLock lock(mutex_);
    draining_ = true;
  }
  changed_.NotifyOne();
  std::call_once(joined_, [this] { writer_.join(); });
}

void Sequencer::Write() {
  for (;;) {
    MutexLock lock(mutex_);
    while (!appended_.has_value() && !CanPopLocked() && !(draining_ && IdleLocked())) {
      changed_.Wait(lock);
    }
    if (IdleLocked()) return;
    const auto appended = std::exchange(appended_, absl::nullopt);
    // During an append pop one batch at a time, to react promptly when it ends. Then
    // pop all that are queued, so that they become one block.
    const bool all = appended.has_value() || !append_in_progress();
    std::vector<Waiting> popped = PopBatchesLocked(all);
    lock.Unlock();
    for (Waiting& waiting : popped) Decide(std::move(waiting));
    if (appended.has_value()) FinishAppend(*appended);
    if (!append_in_progress() && !open_.waiting.empty()) CloseGroup();
  }
}

bool Sequencer::CanPopLocked() const {
  if (queue_.empty() || !open_.status.ok()) return false;
  const CheckedBatch& next = queue_.front().batch;
  // A batch is never split, so a group may be one batch of any size.
  return open_.submissions == 0 ||
         (open_.submissions + next.submissions.size() <= options_.group_submissions_max &&
          open_.bytes + next.bytes <= options_.group_bytes_max);
}

bool Sequencer::IdleLocked() const {
  return queue_.empty() && open_.waiting.empty() && !append_in_progress();
}

std::vector<Sequencer::Waiting> Sequencer::PopBatchesLocked(bool all) {
  std::vector<Waiting> popped;
  while (CanPopLocked() && (all || popped.empty())) {
    const CheckedBatch& next = queue_.front().batch;
    open_.submissions += next.submissions.size();
    open_.bytes += next.bytes;
    popped.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return popped;
}

void Sequencer::Decide(Waiting waiting) {
  if (open_.waiting.empty()) {
    open_.status = Failure();
    builder_.emplace(log_->id(), tail_, tail_.recorded_time_us);
  }
  CheckedBatch& batch = open_.waiting.emplace_back(std::move(waiting)).batch;
  if (!open_.status.ok()) return;
  const absl::Status decided = decider_.Decide(batch);
  if (!decided.ok()) {
    return FailOpenGroup(absl::IsUnavailable(decided) ? ReportUnreadable(decided) : Fail(decided));
  }
  // Add entries after each batch, while they are in the CPU cache.
  const std::vector<const LedgerEntry*>& entries = decider_.new_entries().entries();
  for (size_t i = builder_->entry_count(); i < entries.size(); ++i) builder_->Add(*entries[i]);
}

void Sequencer::FailOpenGroup(const absl::Status& status) {
  open_.status = status;
  decider_.DiscardOpenGroup();
}

void Sequencer::CloseGroup() {
  {
    const MutexLock lock(mutex_);
    queue_submissions_ -= open_.submissions;
    queue_bytes_ -= open_.bytes;
  }
  Group group = std::exchange(open_, Group());
  if (!group.status.ok() || decider_.new_entries().empty()) return Answer(std::move(group));
  // The wall clock may go back; recorded time never does.
  builder_->SetRecordedTime(std::max(absl::ToUnixMicros(clock_->Now()), tail_.recorded_time_us));
  std::string bytes = builder_->Finish();
  tail_ = Block::ParseHashed(bytes)->tail();
  decider_.Close();
  group.last_position = tail_.position;
  appending_ = std::move(group);
  const bool submitted = appender_.TrySubmit([this, bytes = std::move(bytes)] {
    absl::Status appended = log_->Append(*Block::ParseHashed(bytes));
    const MutexLock lock(mutex_);
    appended_ = std::move(appended);
    changed_.NotifyOne();
  });
  assert(submitted);
  (void)submitted;
}

void Sequencer::FinishAppend(const absl::Status& appended) {
  Group group = std::exchange(appending_, Group());
  decider_.TakeClosed(finished_);
  if (appended.ok()) watch_->Advance(group.last_position);
  // After a failure nothing more is added to the index, which must have no gaps: it
  // would treat the ids of missing entries as new.
  absl::Status status = appended.ok() ? Failure() : appended;
  if (status.ok()) {
    HitFailpoint("ledger.before_voided");
    status = index_->AddVoidings(finished_.voidings(), group.last_position);
  }
  if (status.ok()) {
    // Start the next append before AddIds(), which does not write to the store, and
    // after AddVoidings(), which would wait for the sync.
    if (open_.status.ok() && !decider_.new_entries().empty()) CloseGroup();
    status = index_->AddIds(finished_.fingerprints());
  }
  finished_.Clear();
  if (!status.ok()) {
    status = Fail(status);
    if (!open_.waiting.empty()) FailOpenGroup(status);
  }
  // A durable block is recorded even if the index failed: the next start completes it.
  if (!appended.ok()) group.status = status;
  Answer(std::move(group));
}

void Sequencer::Answer(Group group) {
  HitFailpoint("ledger.before_answer");
  for (Waiting& waiting : group.waiting) {
    if (group.status.ok()) {
      waiting.done(std::move(waiting.batch.result));
    } else {
      waiting.done(group.status);
    }
    HitFailpoint("ledger.between_answers");
  }
}

absl::Status Sequencer::ReportUnreadable(const absl::Status& status) {
  LogError("rejecting submissions: the ledger cannot be read: ", Describe(status));
  return WithReason(
      absl::UnavailableError(absl::StrCat(
          "no part of this batch was recorded: the ledger cannot be read: ", status.message())),
      "LEDGER_UNREADABLE");
}

absl::Status Sequencer::Failure() {
  const MutexLock lock(mutex_);
  return failure_;
}

absl::Status Sequencer::Fail(const absl::Status& status) {
  // Whatever the cause, to callers the service is unavailable until its restart.
  const absl::Status answer = WithReason(
      absl::UnavailableError("the ledger cannot be written until a restart"), "LEDGER_FAILED");
  {
    const MutexLock lock(mutex_);
    if (!failure_.ok()) return failure_;
    failure_ = answer;
  }
  LogError("the ledger takes no more entries until a restart: ", Describe(status));
  on_failure_(status);
  return answer;
}

}  // namespace repatriation
