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
    // An empty queue takes a batch of any size, or one could never be recorded.
    if (queue_submissions_ > 0 &&
        (queue_submissions_ + batch.submissions.size() > options_.queue_submissions_max ||
         queue_bytes_ + batch.bytes > options_.queue_bytes_max)) {
      return Exhausted(absl::StrCat("the queue is full: ", queue_submissions_,
                                    " submissions wait to be written"),
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
    while (!appended_.has_value() && !TakesNextLocked() && !(draining_ && IdleLocked())) {
      changed_.Wait(lock);
    }
    if (IdleLocked()) return;
    const auto appended = std::exchange(appended_, absl::nullopt);
    // While an append is under way one at a time, to be there when it ends; then what
    // has gathered meanwhile, so that it becomes one block.
    const bool all = appended.has_value() || !append_under_way();
    std::vector<Waiting> taken = TakeBatchesLocked(all);
    lock.Unlock();
    for (Waiting& waiting : taken) Decide(std::move(waiting));
    if (appended.has_value()) Settle(*appended);
    if (!append_under_way() && !open_.waiting.empty()) CloseGroup();
  }
}

bool Sequencer::TakesNextLocked() const {
  if (queue_.empty() || !open_.status.ok()) return false;
  const CheckedBatch& next = queue_.front().batch;
  // A batch is never split, so that one of any size is a group.
  return open_.submissions == 0 ||
         (open_.submissions + next.submissions.size() <= options_.group_submissions_max &&
          open_.bytes + next.bytes <= options_.group_bytes_max);
}

bool Sequencer::IdleLocked() const {
  return queue_.empty() && open_.waiting.empty() && !append_under_way();
}

std::vector<Sequencer::Waiting> Sequencer::TakeBatchesLocked(bool all) {
  std::vector<Waiting> taken;
  while (TakesNextLocked() && (all || taken.empty())) {
    const CheckedBatch& next = queue_.front().batch;
    open_.submissions += next.submissions.size();
    open_.bytes += next.bytes;
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return taken;
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
    return GiveUpOpen(absl::IsUnavailable(decided) ? RefuseUnread(decided) : Fail(decided));
  }
  // Batch by batch, while the processor's cache holds them.
  const std::vector<const LedgerEntry*>& entries = decider_.new_entries().entries();
  for (size_t i = builder_->entry_count(); i < entries.size(); ++i) builder_->Add(*entries[i]);
}

void Sequencer::GiveUpOpen(const absl::Status& status) {
  open_.status = status;
  decider_.GiveUp();
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
  const bool taken = appender_.TrySubmit([this, bytes = std::move(bytes)] {
    absl::Status appended = log_->Append(*Block::ParseHashed(bytes));
    const MutexLock lock(mutex_);
    appended_ = std::move(appended);
    changed_.NotifyOne();
  });
  assert(taken);
  (void)taken;
}

void Sequencer::Settle(const absl::Status& appended) {
  Group group = std::exchange(appending_, Group());
  decider_.TakeClosed(settled_);
  if (appended.ok()) watch_->Advance(group.last_position);
  // The index has to be whole: of what follows a failure it takes nothing in. If it
  // lacked these entries, it would take their ids for new.
  absl::Status status = appended.ok() ? Failure() : appended;
  if (status.ok()) {
    HitFailpoint("ledger.before_voided");
    status = index_->AddVoidings(settled_.voidings(), group.last_position);
  }
  if (status.ok()) {
    // The disk goes on meanwhile. A write of ours would wait for its sync.
    if (open_.status.ok() && !decider_.new_entries().empty()) CloseGroup();
    status = index_->AddIds(settled_.fingerprints());
  }
  settled_.Clear();
  if (!status.ok()) {
    status = Fail(status);
    if (!open_.waiting.empty()) GiveUpOpen(status);
  }
  // What is durable is recorded, whatever became of the index: a start completes it.
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

absl::Status Sequencer::RefuseUnread(const absl::Status& status) {
  LogError("submissions are refused, since the ledger cannot be read: ", Describe(status));
  return WithReason(
      absl::UnavailableError(absl::StrCat("nothing of this batch was recorded, since the ledger "
                                          "cannot be read: ",
                                          status.message())),
      "LEDGER_UNREADABLE");
}

absl::Status Sequencer::Failure() {
  const MutexLock lock(mutex_);
  return failure_;
}

absl::Status Sequencer::Fail(const absl::Status& status) {
  // Whatever it was, to a caller the service is gone until its restart.
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
