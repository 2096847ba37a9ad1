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
      writer_([this] { Write(); }) {}

Sequencer::~Sequencer() { Drain(); }

absl::Status Sequencer::Enqueue(CheckedBatch batch, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    if (draining_) {
      return WithReason(absl::UnavailableError("the service is draining"), "DRAINING");
    }
    // An empty queue takes a batch of any size, or one could never be recorded.
    if (!queue_.empty() &&
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
  changed_.notify_one();
  return absl::OkStatus();
}

void Sequencer::Drain() {
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
  }
  changed_.notify_one();
  std::call_once(joined_, [this] { writer_.join(); });
}

void Sequencer::Write() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return draining_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::vector<Waiting> group = TakeGroup(std::move(lock));
    CommitGroup(group);
  }
}

// Takes whole batches up to the limits, at least one. The lock comes as proof
// that it is held, and is released on return.
std::vector<Sequencer::Waiting> Sequencer::TakeGroup(std::unique_lock<std::mutex> lock) {
  assert(lock.owns_lock());
  std::vector<Waiting> group;
  size_t submissions = 0;
  size_t bytes = 0;
  while (!queue_.empty()) {
    const CheckedBatch& next = queue_.front().batch;
    if (!group.empty() && (submissions + next.submissions.size() > options_.group_submissions_max ||
                           bytes + next.bytes > options_.group_bytes_max)) {
      break;
    }
    submissions += next.submissions.size();
    bytes += next.bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_submissions_ -= submissions;
  queue_bytes_ -= bytes;
  return group;
}

void Sequencer::CommitGroup(std::vector<Waiting>& group) {
  absl::Status status;
  {
    const std::lock_guard lock(mutex_);
    status = failure_;
  }
  if (status.ok()) status = Record(group);
  HitFailpoint("ledger.before_answer");
  for (Waiting& waiting : group) {
    if (status.ok()) {
      waiting.done(std::move(waiting.batch.result));
    } else {
      waiting.done(status);
    }
    HitFailpoint("ledger.between_answers");
  }
}

absl::Status Sequencer::Record(std::vector<Waiting>& group) {
  const LedgerTail tail = log_->tail();
  // The wall clock may go back; recorded time never does.
  const int64_t now_us = std::max(absl::ToUnixMicros(clock_->Now()), tail.recorded_time_us);
  BlockBuilder builder(log_->id(), tail, now_us);
  decider_.Begin();
  const std::vector<const LedgerEntry*>& entries = decider_.new_entries().entries();
  for (Waiting& waiting : group) {
    const absl::Status decided = decider_.Decide(waiting.batch);
    if (absl::IsUnavailable(decided)) return RefuseUnread(decided);
    if (!decided.ok()) return Fail(decided);
    // Batch by batch, while the processor's cache holds them.
    for (size_t i = builder.entry_count(); i < entries.size(); ++i) builder.Add(*entries[i]);
  }
  if (entries.empty()) return absl::OkStatus();
  assert(builder.next_position() == entries.back()->position + 1);
  const absl::Status appended = Append(builder.Finish());
  return appended.ok() ? appended : Fail(appended);
}

absl::Status Sequencer::Append(const std::string& bytes) {
  const auto block = Block::ParseHashed(bytes);
  if (!block.ok()) return block.status();
  absl::Status status = log_->Append(*block);
  if (!status.ok()) return status;
  // The entries are durable and what follows only derives from them. But an
  // index that lacks them would take their ids for new.
  const NewEntries& added = decider_.new_entries();
  status = index_->Add(added.fingerprints(), added.voidings());
  watch_->Advance(log_->tail().position);
  return status;
}

absl::Status Sequencer::RefuseUnread(const absl::Status& status) {
  LogError("submissions are refused, since the ledger cannot be read: ", Describe(status));
  return WithReason(
      absl::UnavailableError(absl::StrCat("nothing of this batch was recorded, since the ledger "
                                          "cannot be read: ",
                                          status.message())),
      "LEDGER_UNREADABLE");
}

absl::Status Sequencer::Fail(const absl::Status& status) {
  // Whatever it was, to a caller the service is gone until its restart.
  const absl::Status answer = WithReason(
      absl::UnavailableError("the ledger cannot be written until a restart"), "LEDGER_FAILED");
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.ok()) return failure_;
    failure_ = answer;
  }
  LogError("the ledger takes no more entries until a restart: ", Describe(status));
  on_failure_(status);
  return answer;
}

}  // namespace repatriation
