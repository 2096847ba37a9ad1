// Those who wait until the replica has applied a position ("read your own
// writes", watches) or until a time, without a thread of their own.
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
  // Names one who waits, to Cancel(); never 0.
  using Ticket = uint64_t;

  // At most `waiters_max` wait at once. `clock` must outlive the object.
  PositionWaiters(Position applied, size_t waiters_max, absl::Duration retry_delay,
                  const Clock* clock);
  // Drain().
  ~PositionWaiters();

  // Calls `done` once: with OK when `position` is applied, which may be at
  // once and on this thread, DEADLINE_EXCEEDED when `deadline` has passed,
  // UNAVAILABLE while draining, RESOURCE_EXHAUSTED with RetryInfo if too many
  // wait already. 0 if it was called at once.
  Ticket Await(Position position, absl::Time deadline, Done done);

  // For those whose number is limited elsewhere: calls `done` once, later and
  // not on this thread, with OK when `position` is applied or nothing will be
  // applied any more, DEADLINE_EXCEEDED when `deadline` has passed, UNAVAILABLE
  // while draining. 0, and `done` is dropped, if that is so already but for the
  // deadline.
  [[nodiscard]] Ticket AwaitNews(Position position, absl::Time deadline, Done done);

  // The same for those who wait for a time alone, also where nothing is applied
  // any more.
  [[nodiscard]] Ticket AwaitTime(absl::Time deadline, Done done);

  // True if `done` was still to come; it will not be called then, and its place
  // is free. False if it has been called or is about to be.
  bool Cancel(Ticket ticket);

  // `applied` never falls.
  void Advance(Position applied);

  // Nothing will be applied any more: whoever waits for news, now or later, has
  // to see why.
  void StopNews();

  // Answers all who wait with UNAVAILABLE and ends the timer.
  void Drain();

 private:
  static constexpr Position kNoPosition = INT64_MAX;

  struct Waiter {
    absl::Time deadline;
    bool news;  // not counted
    Done done;
  };
  // By position, then in the order in which they came.
  using Waiters = std::map<std::pair<Position, Ticket>, Waiter>;

  void RunTimer();
  Ticket AddLocked(Position position, Waiter waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Done TakeLocked(Waiters::iterator waiter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Removes those whose deadline has passed at `now`.
  std::vector<Done> TakeExpiredLocked(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

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
  size_t counted_ ABSL_GUARDED_BY(mutex_) = 0;  // that are not for news
  Ticket last_ticket_ ABSL_GUARDED_BY(mutex_) = 0;
  bool news_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::once_flag joined_;
  std::thread timer_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_POSITION_WAITERS_H_
