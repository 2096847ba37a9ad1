// Those who wait until the replica has applied a position ("read your own
// writes"), without a thread of their own.
//
// Thread-safety: all methods may be called from any thread. Callbacks run
// outside the lock, on the thread that calls Advance(), on the timer's thread
// or in Drain(); they must be short.
#ifndef QUERY_SERVICE_CORE_POSITION_WAITERS_H_
#define QUERY_SERVICE_CORE_POSITION_WAITERS_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/ledger/entry.h"

namespace repatriation {

class PositionWaiters {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;

  // At most `waiters_max` wait at once. `clock` must outlive the object.
  PositionWaiters(Position applied, size_t waiters_max, absl::Duration retry_delay,
                  const Clock* clock);
  // Drain().
  ~PositionWaiters();

  // Calls `done` once: with OK when `position` is applied, which may be at
  // once and on this thread, DEADLINE_EXCEEDED when `deadline` has passed,
  // UNAVAILABLE while draining, RESOURCE_EXHAUSTED with RetryInfo if too many
  // wait already.
  void Await(Position position, absl::Time deadline, Done done);

  // `applied` never falls.
  void Advance(Position applied);

  // Answers all who wait with UNAVAILABLE and ends the timer.
  void Drain();

 private:
  struct Waiter {
    absl::Time deadline;
    Done done;
  };
  using Waiters = std::multimap<Position, Waiter>;

  void RunTimer();
  // Takes those out that are over by `now`. REQUIRES: mutex_ is held.
  std::vector<Done> TakeExpired(absl::Time now);

  const size_t waiters_max_;
  const absl::Duration retry_delay_;
  const Clock* const clock_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Position applied_;       // guarded by mutex_
  Waiters waiters_;        // guarded by mutex_
  bool draining_ = false;  // guarded by mutex_
  std::once_flag joined_;
  std::thread timer_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_POSITION_WAITERS_H_
