#include "query_service/core/replica/position_waiters.h"

#include <algorithm>

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

PositionWaiters::Ticket PositionWaiters::Await(Position position, absl::Time deadline, Done done) {
  absl::Status status;
  {
    const MutexLock lock(mutex_);
    if (position > applied_) {
      if (draining_) {
        status = WithReason(absl::UnavailableError("the service is draining"), "DRAINING");
      } else if (counted_ >= waiters_max_) {
        status = Exhausted("too many calls are waiting for a position", retry_delay_);
      } else {
        return AddLocked(position, {deadline, /*exempt=*/false, std::move(done)});
      }
    }
  }
  done(status);
  return 0;
}

PositionWaiters::Ticket PositionWaiters::AwaitUpdate(Position position, absl::Time deadline,
                                                     Done done) {
  const MutexLock lock(mutex_);
  if (position <= applied_ || updates_stopped_ || draining_) return 0;
  return AddLocked(position, {deadline, /*exempt=*/true, std::move(done)});
}

PositionWaiters::Ticket PositionWaiters::AwaitTime(absl::Time deadline, Done done) {
  const MutexLock lock(mutex_);
  return draining_ ? 0 : AddLocked(kNoPosition, {deadline, /*exempt=*/true, std::move(done)});
}

PositionWaiters::Ticket PositionWaiters::AddLocked(Position position, Waiter waiter) {
  const Ticket ticket = ++last_ticket_;
  counted_ += waiter.exempt ? 0 : 1;
  positions_.emplace(ticket, position);
  by_deadline_.emplace(waiter.deadline, ticket);
  waiters_.emplace(std::pair(position, ticket), std::move(waiter));
  changed_.NotifyOne();
  return ticket;
}

PositionWaiters::Done PositionWaiters::RemoveLocked(Waiters::iterator waiter) {
  const Ticket ticket = waiter->first.second;
  counted_ -= waiter->second.exempt ? 0 : 1;
  by_deadline_.erase({waiter->second.deadline, ticket});
  positions_.erase(ticket);
  Done done = std::move(waiter->second.done);
  waiters_.erase(waiter);
  return done;
}

bool PositionWaiters::Cancel(Ticket ticket) {
  Done done;  // dropped outside the lock
  const MutexLock lock(mutex_);
  const auto position = positions_.find(ticket);
  if (position == positions_.end()) return false;
  done = RemoveLocked(waiters_.find({position->second, ticket}));
  return true;
}

void PositionWaiters::Advance(Position applied) {
  std::vector<Done> due;
  {
    const MutexLock lock(mutex_);
    applied_ = applied;
    while (!waiters_.empty() && waiters_.begin()->first.first <= applied) {
      due.push_back(RemoveLocked(waiters_.begin()));
    }
  }
  for (Done& done : due) done(absl::OkStatus());
}

void PositionWaiters::StopUpdates() {
  std::vector<Done> due;
  {
    const MutexLock lock(mutex_);
    updates_stopped_ = true;
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      const auto waiter = it++;
      if (waiter->second.exempt && waiter->first.first != kNoPosition)
        due.push_back(RemoveLocked(waiter));
    }
  }
  for (Done& done : due) done(absl::OkStatus());
}

void PositionWaiters::Drain() {
  std::vector<Done> left;
  {
    const MutexLock lock(mutex_);
    draining_ = true;
    while (!waiters_.empty()) left.push_back(RemoveLocked(waiters_.begin()));
  }
  changed_.NotifyOne();
  std::call_once(joined_, [this] { timer_.join(); });
  for (Done& done : left) {
    done(WithReason(absl::UnavailableError("the service is draining"), "DRAINING"));
  }
}

std::vector<PositionWaiters::Done> PositionWaiters::RemoveExpiredLocked(absl::Time now) {
  std::vector<Done> expired;
  while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
    const Ticket ticket = by_deadline_.begin()->second;
    expired.push_back(RemoveLocked(waiters_.find({positions_.at(ticket), ticket})));
  }
  return expired;
}

void PositionWaiters::RunTimer() {
  MutexLock lock(mutex_);
  while (!draining_) {
    std::vector<Done> expired = RemoveExpiredLocked(clock_->Now());
    if (!expired.empty()) {
      const Position applied = applied_;
      lock.Unlock();
      for (Done& done : expired) {
        done(absl::DeadlineExceededError(absl::StrCat(
            "min_position was not applied in time; this replica is at position ", applied)));
      }
      lock.Lock();
      continue;
    }
    if (by_deadline_.empty()) {
      changed_.Wait(lock);
    } else {
      // At least hourly, as the wall clock may be set or the machine suspended.
      changed_.WaitFor(lock, std::min(by_deadline_.begin()->first - clock_->Now(), absl::Hours(1)));
    }
  }
}

}  // namespace repatriation
