// Source of the ledger's running hash, which a replica compares with its own.
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

  // The ledger's hash at a position; blocks until the answer or a timeout. Errors of
  // LedgerProofService, or UNAVAILABLE and the like.
  virtual absl::StatusOr<v1::GetLedgerHashResponse> GetLedgerHash(Position position) = 0;

  // Makes GetLedgerHash() return an error from now on.
  virtual void Cancel() = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_REPLICA_HASH_SOURCE_H_
