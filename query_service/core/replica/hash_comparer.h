// Compares what a replica has on its disk with its ledger, from time to time:
// the last block, and a stretch of those before it, a next one each time and from
// the beginning again after the last. So a copy that was damaged at rest, or a
// ledger that was replaced, is found also where no new block would show it. Each
// new block, and each connection, is compared by the follower.
//
// Thread-safety: all methods may be called from any thread.
#ifndef QUERY_SERVICE_CORE_REPLICA_HASH_COMPARER_H_
#define QUERY_SERVICE_CORE_REPLICA_HASH_COMPARER_H_

#include <mutex>
#include <random>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/stop_signal.h"
#include "query_service/core/replica/hash_source.h"
#include "query_service/core/replica/replica.h"

namespace repatriation {

class HashComparer {
 public:
  // Starts a thread that compares every `interval`, at a random time within
  // its second half, so that replicas do not ask together. `on_divergence` is
  // called on it once, with what CompareHashAt() says, after which it ends.
  // All pointers must outlive the comparer.
  HashComparer(const Replica* replica, HashSource* source, absl::Duration interval,
               absl::AnyInvocable<void(const absl::Status&)> on_divergence);
  // Stop().
  ~HashComparer();

  // Ends the thread; blocks until it has. May be called more than once.
  void Stop();

 private:
  void Run();
  absl::Status Compare();

  const Replica* const replica_;
  HashSource* const source_;
  const absl::Duration interval_;
  absl::AnyInvocable<void(const absl::Status&)> on_divergence_;
  LedgerTail rechecked_;  // blocks up to here were read again; only the thread uses it
  std::minstd_rand random_{std::random_device{}()};

  StopSignal stop_;
  std::once_flag joined_;
  std::thread thread_;
};

// Compares the replica's stored hash at `position` with the ledger's. Blocks on
// I/O. OK: they are the same. FAILED_PRECONDITION with an ErrorInfo reason: the
// copy is not that of the ledger: LEDGER_ID_MISMATCH, HASH_MISMATCH,
// POSITION_AHEAD_OF_LEDGER, or COPY_DAMAGED where its own block is damaged. Any
// other error: it could not be found out.
// REQUIRES: 1 <= position <= replica.tail().position.
absl::Status CompareHashAt(const Replica& replica, HashSource& source, Position position);

// Reads the stored blocks after `checked` again, as Replica::RecheckBlocks(),
// compares the last of them with the ledger, and moves `checked` on to it; or to
// the beginning if there are none. As CompareHashAt().
absl::Status RecheckStretch(const Replica& replica, HashSource& source, size_t bytes_max,
                            LedgerTail& checked);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_HASH_COMPARER_H_
