// Periodically compares a replica's stored blocks with its ledger: the last block, and
// the next part of all blocks, starting over after the last. Detects bit rot, and a
// ledger that was replaced, even if no new block arrives. The follower compares each
// new block and connection.
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
  // Starts a thread that compares every `interval`, at a random time in its second
  // half, so that replicas do not query at the same time. On divergence it calls
  // `on_divergence` once, with the error of CompareHashAt(), and ends. All pointers must
  // outlive the comparer.
  HashComparer(const Replica* replica, HashSource* source, absl::Duration interval,
               absl::AnyInvocable<void(const absl::Status&)> on_divergence);
  // Calls Stop().
  ~HashComparer();

  // Stops the thread; blocks until it has ended. May be called more than once.
  void Stop();

 private:
  void Run();
  absl::Status Compare();

  const Replica* const replica_;
  HashSource* const source_;
  const absl::Duration interval_;
  absl::AnyInvocable<void(const absl::Status&)> on_divergence_;
  LedgerTail rechecked_;  // blocks up to here were reread; only the thread uses it
  std::minstd_rand random_{std::random_device{}()};

  StopSignal stop_;
  std::once_flag joined_;
  std::thread thread_;
};

// Compares the replica's stored hash at `position` with the ledger's. Blocks on I/O.
// OK: they are equal. FAILED_PRECONDITION: they differ; the reason is
// LEDGER_ID_MISMATCH, HASH_MISMATCH, POSITION_AHEAD_OF_LEDGER, or COPY_DAMAGED if the
// replica's own block is damaged. Any other error: they could not be compared.
// REQUIRES: 1 <= position <= replica.tail().position.
absl::Status CompareHashAt(const Replica& replica, HashSource& source, Position position);

// Rereads stored blocks after `checked` with Replica::RecheckBlocks(), compares the last
// of them with the ledger, and advances `checked` to it; resets `checked` if there are
// none. Blocks and errors as CompareHashAt().
absl::Status RecheckNextBlocks(const Replica& replica, HashSource& source, size_t bytes_max,
                               LedgerTail& checked);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_HASH_COMPARER_H_
