#include "query_service/core/position_waiters.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"

namespace repatriation {

PositionWaiters::PositionWaiters(Position applied, size_t waiters_max, absl::Duration retry_delay,
                                 const Clock* clock)
    : waiters_max_(waiters_max),
      retry_delay_(retry_delay),
      clock_(clock),
      applied_(applied),
      timer_([this] { RunTimer(); }) {}

PositionWaiters::~PositionWaiters() { Drain(); }

void PositionWaiters::Await(Position position, absl::Time deadline, Done done) {
  absl::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (position > applied_) {
      if (draining_) {
        status = WithReason(absl::UnavailableError("the service is draining"), "DRAINING");
      } else if (waiters_.size() >= waiters_max_) {
        status = Exhausted("too many calls wait for a position", retry_delay_);
      } else {
        waiters_.emplace(position, Waiter{deadline, std::move(done)});
        changed_.notify_one();
        return;
      }
    }
  }
  done(status);
}

void PositionWaiters::Advance(Position applied) {
  std::vector<Done> due;
  {
    const std::lock_guard lock(mutex_);
    applied_ = applied;
    const auto end = waiters_.upper_bound(applied);
    for (auto it = waiters_.begin(); it != end; ++it) due.push_back(std::move(it->second.done));
    waiters_.erase(waiters_.begin(), end);
  }
  for (Done& done : due) done(absl::OkStatus());
}

void PositionWaiters::Drain() {
  Waiters left;
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    left.swap(waiters_);
  }
  changed_.notify_one();
  std::call_once(joined_, [this] { timer_.join(); });
  for (auto& [position, waiter] : left) {
    waiter.done(WithReason(absl::UnavailableError("the service is draining"), "DRAINING"));
  }
}

std::vector<PositionWaiters::Done> PositionWaiters::TakeExpired(absl::Time now) {
  std::vector<Done> expired;
  for (auto it = waiters_.begin(); it != waiters_.end();) {
    if (it->second.deadline > now) {
      ++it;
      continue;
    }
    expired.push_back(std::move(it->second.done));
    it = waiters_.erase(it);
  }
  return expired;
}

void PositionWaiters::RunTimer() {
  std::unique_lock lock(mutex_);
  while (!draining_) {
    std::vector<Done> expired = TakeExpired(clock_->Now());
    if (!expired.empty()) {
      const Position applied = applied_;
      lock.unlock();
      for (Done& done : expired) {
        done(absl::DeadlineExceededError(absl::StrCat(
            "min_position was not applied in time, this replica is at position ", applied)));
      }
      lock.lock();
      continue;
    }
    absl::Time next = absl::InfiniteFuture();
    for (const auto& [position, waiter] : waiters_) next = std::min(next, waiter.deadline);
    if (next == absl::InfiniteFuture()) {
      changed_.wait(lock);
    } else {
      // Capped, since the chrono type ends after 292 years; then it looks again.
      const absl::Duration wait = std::min(next - clock_->Now(), absl::Hours(1));
      changed_.wait_for(lock, absl::ToChronoNanoseconds(wait));
    }
  }
}

}  // namespace repatriation
