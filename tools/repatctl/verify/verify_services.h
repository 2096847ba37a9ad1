// Compares running services with one another: the ledger's running hash must
// be the same on all of them at the same position.
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

// What one service says of one position.
struct HashRow {
  Position position = 0;  // that was asked for
  size_t peer = 0;
  // Its answer, or why it has none: it diverged, or its block is damaged.
  absl::StatusOr<v1::GetLedgerHashResponse> answer;
  bool agrees = false;  // with the ingest service, which comes first
};

struct ServicesReport {
  std::vector<HashRow> rows;      // by position, then by peer
  Position compared_through = 0;  // the last position that all have
  std::string hash;               // there, if all agree
  Position first_bad = 0;         // 0: all agree
};

// Asks each of `peers`, the ingest service first, for its end, and then for the
// hash at the last position that all have and at some before it; where they
// differ, looks for the first position that does. Blocks. An error that says
// nothing of the ledger, such as UNAVAILABLE, is returned.
absl::StatusOr<ServicesReport> CompareServices(const std::vector<Peer>& peers);

// What a service has to show for a checkpoint. Errors as GetLedgerHash().
absl::StatusOr<LedgerEvidence> EvidenceOf(ProofClient& client, Position position);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_VERIFY_VERIFY_SERVICES_H_
