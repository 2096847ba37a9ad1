// Client of the services' LedgerProofService and CheckpointService. Errors as in
// clients.h.
#ifndef TOOLS_REPATCTL_CLIENT_PROOF_CLIENT_H_
#define TOOLS_REPATCTL_CLIENT_PROOF_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "repatriation/v1/ledger_proof_service.pb.h"

namespace repatriation {

// Only the ingest service has SignCheckpoint(). Each call blocks until the response
// or the deadline. Thread-safe.
class ProofClient {
 public:
  virtual ~ProofClient() = default;
  virtual absl::StatusOr<v1::GetLedgerHashResponse> GetLedgerHash(
      const v1::GetLedgerHashRequest& request) = 0;
  virtual absl::StatusOr<v1::SignCheckpointResponse> SignCheckpoint(
      const v1::SignCheckpointRequest& request) = 0;
};

// `service` is "ingest" or "query", for error messages; the rest is as in
// ConnectQuery().
using ProofConnector = std::function<std::unique_ptr<ProofClient>(
    const std::string& service, const std::string& target, absl::Duration timeout)>;

// The real one, over gRPC without transport security.
std::unique_ptr<ProofClient> ConnectProof(const std::string& service, const std::string& target,
                                          absl::Duration timeout);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_PROOF_CLIENT_H_
