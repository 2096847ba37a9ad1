// Keeps a replica up to date: applies blocks from a source, and reconnects with
// jittered exponential backoff when the source fails.
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
  // Delay before reconnecting: random, between half and all of a bound that starts at
  // `backoff_min` and doubles up to `backoff_max` while nothing is applied.
  absl::Duration backoff_min = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(5);
};

class Follower {
 public:
  // Starts the thread. It calls `on_caught_up` once, when the replica first has all
  // that the source has, and `on_diverged` once, when the replica has diverged from the
  // ledger; after that it applies nothing. All pointers must outlive the follower.
  Follower(Replica* replica, BlockSource* source, PositionWaiters* waiters,
           const FollowerOptions& options, absl::AnyInvocable<void()> on_caught_up,
           absl::AnyInvocable<void()> on_diverged);

  // Calls Stop().
  ~Follower();

  // Stops the thread; blocks until it has ended. May be called more than once.
  void Stop();

  // Marks the replica as diverged and ends the thread, for divergence found elsewhere.
  // Does not block.
  void Diverge(const absl::Status& why);

  // Last known position of the ledger, as reported by the source.
  Position ledger_position() const { return ledger_position_.load(); }

 private:
  void Run();
  // Follows until the source fails or a block is refused.
  absl::Status FollowOnce();
  absl::Status ApplyUpdate(const BlockSource::Update& update);
  // Waits for `delay` or until Diverge(); false if Stop() was called.
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
  CondVar stop_requested_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool diverging_ ABSL_GUARDED_BY(mutex_) = false;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_FOLLOWER_H_
