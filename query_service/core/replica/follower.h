// Keeps a replica up to date: takes blocks from a source, applies them, and
// begins anew, after a growing and random delay, when the source fails.
//
// Thread-safety: all methods may be called from any thread.
#ifndef QUERY_SERVICE_CORE_REPLICA_FOLLOWER_H_
#define QUERY_SERVICE_CORE_REPLICA_FOLLOWER_H_

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "query_service/core/replica/block_source.h"
#include "query_service/core/replica/position_waiters.h"
#include "query_service/core/replica/replica.h"

namespace repatriation {

struct FollowerOptions {
  // Delay before a new attempt: random, up to a bound that begins at
  // `backoff_min` and doubles to `backoff_max` while nothing is applied.
  absl::Duration backoff_min = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(5);
};

class Follower {
 public:
  // Starts the thread. `on_caught_up` is called on it once, when the replica
  // first holds all that the source has; `on_diverged` once, when it turns out
  // not to follow from the ledger, after which nothing is applied any more.
  // All pointers must outlive the follower.
  Follower(Replica* replica, BlockSource* source, PositionWaiters* waiters,
           const FollowerOptions& options, absl::AnyInvocable<void()> on_caught_up,
           absl::AnyInvocable<void()> on_diverged);

  // Stop().
  ~Follower();

  // Ends the thread; blocks until it has. May be called more than once.
  void Stop();

  // Ends it as what its source says of another history does: somebody else has
  // found that the replica does not follow from the ledger. Does not block.
  void Diverge(const absl::Status& why);

  // Last position of the ledger that the source has told of.
  Position ledger_position() const { return ledger_position_.load(); }

 private:
  void Run();
  // Follows until the source fails or a block is refused.
  absl::Status FollowOnce();
  absl::Status Take(const BlockSource::News& news);
  // Waits; false if Stop() came first. Cut short by Diverge().
  bool Pause(absl::Duration delay);

  Replica* const replica_;
  BlockSource* const source_;
  PositionWaiters* const waiters_;
  const FollowerOptions options_;
  absl::AnyInvocable<void()> on_caught_up_;
  absl::AnyInvocable<void()> on_diverged_;
  std::atomic<Position> ledger_position_{0};
  bool caught_up_ = false;  // only the thread uses it
  bool progress_ = false;   // only the thread uses it
  std::minstd_rand random_{std::random_device{}()};

  Mutex mutex_;
  CondVar stop_asked_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool diverging_ ABSL_GUARDED_BY(mutex_) = false;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_FOLLOWER_H_
