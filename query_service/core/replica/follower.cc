#include "query_service/core/replica/follower.h"

#include <algorithm>
#include <utility>

#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"

namespace repatriation {
namespace {

// Whether an error means that the replica's history is not the ledger's. A replica
// always ends at the end of a block, so NOT_END_OF_BLOCK means so, too.
bool MeansOtherHistory(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  return reason == "LEDGER_ID_MISMATCH" || reason == "HASH_MISMATCH" ||
         reason == "POSITION_AHEAD_OF_LEDGER" || reason == "NOT_END_OF_BLOCK";
}

}  // namespace

Follower::Follower(Replica* replica, BlockSource* source, PositionWaiters* waiters,
                   const FollowerOptions& options, absl::AnyInvocable<void()> on_caught_up,
                   absl::AnyInvocable<void()> on_diverged)
    : replica_(replica),
      source_(source),
      waiters_(waiters),
      options_(options),
      on_caught_up_(std::move(on_caught_up)),
      on_diverged_(std::move(on_diverged)),
      thread_([this] { Run(); }) {}

Follower::~Follower() { Stop(); }

void Follower::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  stop_requested_.NotifyAll();
  source_->Cancel();
  std::call_once(joined_, [this] { thread_.join(); });
}

void Follower::Diverge(const absl::Status& why) {
  replica_->Diverge(why);
  {
    const MutexLock lock(mutex_);
    diverging_ = true;
  }
  stop_requested_.NotifyAll();
  source_->Cancel();
}

void Follower::Run() {
  absl::Duration bound = options_.backoff_min;
  for (;;) {
    progress_ = false;
    const absl::Status ended = FollowOnce();
    if (!replica_->divergence().ok()) return on_diverged_();
    if (progress_) bound = options_.backoff_min;
    const absl::Duration delay = bound * std::uniform_real_distribution<double>(0.5, 1.0)(random_);
    {
      const MutexLock lock(mutex_);
      if (stopping_) return;
    }
    LogWarning("the feed ended at position ", replica_->tail().position, ", next attempt in ",
               absl::FormatDuration(absl::Trunc(delay, absl::Milliseconds(1))), ": ",
               Describe(ended));
    if (!Pause(delay)) return;
    bound = std::min(bound * 2, options_.backoff_max);
  }
}

absl::Status Follower::FollowOnce() {
  source_->Open(replica_->ledger_id(), replica_->tail());
  for (;;) {
    const auto update = source_->Next();
    // Diverge() may have been called meanwhile.
    if (!replica_->divergence().ok()) return replica_->divergence();
    const absl::Status status = update.ok() ? ApplyUpdate(*update) : update.status();
    if (status.ok()) continue;
    if (MeansOtherHistory(status)) replica_->Diverge(status);
    return status;
  }
}

absl::Status Follower::ApplyUpdate(const BlockSource::Update& update) {
  ledger_position_ = std::max(ledger_position_.load(), update.tail_position);
  if (!update.block.empty()) {
    const absl::Status applied = replica_->Apply(update.block);
    if (!applied.ok()) return applied;
    HitFailpoint("replica.after_ids");
    progress_ = true;
    waiters_->Advance(replica_->tail().position);
  }
  if (!caught_up_ && replica_->tail().position >= ledger_position_) {
    caught_up_ = true;
    on_caught_up_();
  }
  return absl::OkStatus();
}

bool Follower::Pause(absl::Duration delay) {
  MutexLock lock(mutex_);
  stop_requested_.WaitFor(lock, delay, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || diverging_;
  });
  return !stopping_;
}

}  // namespace repatriation
