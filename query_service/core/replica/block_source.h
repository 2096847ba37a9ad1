// Source of a replica's blocks: the ingest service's feed. A replicated log could
// implement it, too.
//
// Thread-safety: Open() and Next() belong to one thread; Cancel() may be
// called from any.
#ifndef QUERY_SERVICE_CORE_REPLICA_BLOCK_SOURCE_H_
#define QUERY_SERVICE_CORE_REPLICA_BLOCK_SOURCE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/ledger/block.h"

namespace repatriation {

class BlockSource {
 public:
  virtual ~BlockSource() = default;

  // Starts to follow ledger `ledger_id` (empty: any) after `tail`, and closes what was
  // open before. Does not wait for an answer.
  virtual void Open(const LedgerId& ledger_id, const LedgerTail& tail) = 0;

  struct Update {
    std::string block;           // empty: only the tail
    Position tail_position = 0;  // of the ledger
  };
  // The next update; blocks until there is one. Any error closes what is open.
  // UNAVAILABLE and the like may be transient. FAILED_PRECONDITION with reason
  // LEDGER_ID_MISMATCH, HASH_MISMATCH, POSITION_AHEAD_OF_LEDGER or NOT_END_OF_BLOCK:
  // the ledger's history differs from the replica's.
  virtual absl::StatusOr<Update> Next() = 0;

  // Makes Next() return an error from now on.
  virtual void Cancel() = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_BLOCK_SOURCE_H_
