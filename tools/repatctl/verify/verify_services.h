// Compares running services: the ledger's running hash at a position must be the
// same on all of them.
#ifndef TOOLS_REPATCTL_VERIFY_VERIFY_SERVICES_H_
#define TOOLS_REPATCTL_VERIFY_VERIFY_SERVICES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/proof/checkpoint.h"
#include "tools/repatctl/client/proof_client.h"

namespace repatriation {

struct Peer {
  std::string service;  // "ingest" or "query"
  std::string target;
  std::unique_ptr<ProofClient> client;
};

// The answer of one service for one position.
struct HashRow {
  Position position = 0;  // of the request
  size_t peer = 0;
  // The answer, or the error of a service that diverged or has a damaged block.
  absl::StatusOr<v1::GetLedgerHashResponse> answer;
  bool agrees = false;  // with the ingest service, the first peer
};

struct ServicesReport {
  std::vector<HashRow> rows;      // by position, then by peer
  Position compared_through = 0;  // the last position that all have
  std::string hash;               // at compared_through, if all agree
  Position first_bad = 0;         // 0: all agree
};

// Gets the last position of each of `peers`, the ingest service first, and then
// compares the hashes at the last position that all have and at some before it. If
// they differ, bisects to the first mismatch. Blocks. Errors that say nothing about
// the ledger, such as UNAVAILABLE, are returned.
absl::StatusOr<ServicesReport> CompareServices(const std::vector<Peer>& peers);

// The service's evidence for a checkpoint at `position`. Errors as GetLedgerHash().
absl::StatusOr<LedgerEvidence> EvidenceOf(ProofClient& client, Position position);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_VERIFY_VERIFY_SERVICES_H_
