// Callbacks that wait until the replica has applied a position (read-your-writes,
// watches) or until a time, without blocking a thread each.
//
// Thread-safety: all methods may be called from any thread. Callbacks run
// outside the lock, on the thread that calls Advance(), on the timer's thread
// or in Drain(); they must be short.
#ifndef QUERY_SERVICE_CORE_REPLICA_POSITION_WAITERS_H_
#define QUERY_SERVICE_CORE_REPLICA_POSITION_WAITERS_H_

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/ledger/entry.h"

namespace repatriation {

class PositionWaiters {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;
  // Identifies a waiter for Cancel(); never 0.
  using Ticket = uint64_t;

  // At most `waiters_max` calls of Await() wait at once. `clock` must outlive the object.
  PositionWaiters(Position applied, size_t waiters_max, absl::Duration retry_delay,
                  const Clock* clock);
  // Calls Drain().
  ~PositionWaiters();

  // Calls `done` once: with OK when `position` is applied, DEADLINE_EXCEEDED when
  // `deadline` has passed, UNAVAILABLE while draining, RESOURCE_EXHAUSTED with RetryInfo
  // if too many wait already. May call it immediately on this thread, and then returns 0.
  Ticket Await(Position position, absl::Time deadline, Done done);

  // For callers whose number is limited elsewhere. Calls `done` once, later and not on
  // this thread: with OK when `position` is applied or after StopUpdates(),
  // DEADLINE_EXCEEDED when `deadline` has passed, UNAVAILABLE while draining. Returns 0
  // and drops `done` if `position` is applied, updates are stopped or it is draining.
  [[nodiscard]] Ticket AwaitUpdate(Position position, absl::Time deadline, Done done);

  // Likewise for a time only; not affected by StopUpdates().
  [[nodiscard]] Ticket AwaitTime(absl::Time deadline, Done done);

  // True if `done` was pending: it will not be called, and no longer counts as waiting.
  // False if it was called or is about to be.
  bool Cancel(Ticket ticket);

  // REQUIRES: `applied` never decreases.
  void Advance(Position applied);

  // Call when nothing will be applied any more: calls all waiters of AwaitUpdate() with
  // OK, so that they find out why, and makes it return 0 from now on.
  void StopUpdates();

  // Calls all waiters with UNAVAILABLE and stops the timer thread.
  void Drain();

 private:
  static constexpr Position kNoPosition = INT64_MAX;

  struct Waiter {
    absl::Time deadline;
    bool exempt;  // does not count against waiters_max
    Done done;
  };
  // By position, then in order of arrival.
  using Waiters = std::map<std::pair<Position, Ticket>, Waiter>;

  void RunTimer();
  Ticket AddLocked(Position position, Waiter waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Done RemoveLocked(Waiters::iterator waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Removes those whose deadline has passed by `now`.
  std::vector<Done> RemoveExpiredLocked(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t waiters_max_;
  const absl::Duration retry_delay_;
  const Clock* const clock_;

  Mutex mutex_;
  CondVar changed_;
  Position applied_ ABSL_GUARDED_BY(mutex_);
  Waiters waiters_ ABSL_GUARDED_BY(mutex_);
  // Of the waiters:
  absl::flat_hash_map<Ticket, Position> positions_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<absl::Time, Ticket>> by_deadline_ ABSL_GUARDED_BY(mutex_);
  size_t counted_ ABSL_GUARDED_BY(mutex_) = 0;  // that are not exempt
  Ticket last_ticket_ ABSL_GUARDED_BY(mutex_) = 0;
  bool updates_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::once_flag joined_;
  std::thread timer_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_POSITION_WAITERS_H_
