// Where a replica learns the ledger's own running hash, to compare.
//
// Thread-safety: GetLedgerHash() belongs to one thread; Cancel() may be called
// from any.
#ifndef QUERY_SERVICE_CORE_REPLICA_HASH_SOURCE_H_
#define QUERY_SERVICE_CORE_REPLICA_HASH_SOURCE_H_

#include "absl/status/statusor.h"
#include "common/ledger/entry.h"
#include "repatriation/v1/ledger_proof_service.pb.h"

namespace repatriation {

class HashSource {
 public:
  virtual ~HashSource() = default;

  // The ledger's hash at a position; blocks until the answer, for a while at
  // most. Errors as LedgerProofService states, or UNAVAILABLE and the like.
  virtual absl::StatusOr<v1::GetLedgerHashResponse> GetLedgerHash(Position position) = 0;

  // Makes GetLedgerHash() return an error, now and for good.
  virtual void Cancel() = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_HASH_SOURCE_H_
