// Where a replica gets its blocks from: the ingest service's feed today, a
// replicated log where one machine is not enough.
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

  // Begins to follow after `tail` of ledger `ledger_id` (empty: any). Ends
  // what was open before. Does not wait for an answer.
  virtual void Open(const LedgerId& ledger_id, const LedgerTail& tail) = 0;

  struct News {
    std::string block;           // empty: only the tail
    Position tail_position = 0;  // of the ledger
  };
  // The next news; blocks until there is some. Any error ends what is open:
  // UNAVAILABLE and the like may pass, FAILED_PRECONDITION with reason
  // LEDGER_ID_MISMATCH, HASH_MISMATCH, POSITION_AHEAD_OF_LEDGER or
  // NOT_END_OF_BLOCK says that the ledger's history is not that of the replica.
  virtual absl::StatusOr<News> Next() = 0;

  // Makes Next() return an error, now and for good.
  virtual void Cancel() = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_BLOCK_SOURCE_H_
