// Checks the data directory of either service, or a backup of one, without the
// service: every block, and against the blocks every index and view that is
// stored beside them. Changes nothing.
#ifndef TOOLS_REPATCTL_VERIFY_VERIFY_DIRECTORY_H_
#define TOOLS_REPATCTL_VERIFY_VERIFY_DIRECTORY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/proof/checkpoint.h"
#include "common/proof/flaw.h"

namespace repatriation {

struct DirectoryReport {
  bool is_replica = false;       // or else the ledger itself
  Position ids_through = 0;      // the id index reaches here
  LedgerEvidence ledger;         // of the position that was asked for
  LedgerTail tail;               // the end of what is right
  std::vector<Flaw> flaws;       // by position: the first of each check
  bool indexes_skipped = false;  // not checked to the end, since blocks are bad
};

struct VerifyOptions {
  std::string data_dir;
  // Whose hash is wanted; 0: none.
  Position evidence_at = 0;
  // Told now and then how far the check is, and how far it has to go.
  std::function<void(Position done, Position last)> progress;
};

// Blocks for as long as it takes to read everything; see IdCheck and ViewCheck
// for the memory. DATA_LOSS: the store cannot be opened. FAILED_PRECONDITION: a
// service has it open, or it is of neither service. NOT_FOUND: there is none.
// UNAVAILABLE: it cannot be read.
absl::StatusOr<DirectoryReport> VerifyDirectory(const VerifyOptions& options);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_VERIFY_VERIFY_DIRECTORY_H_
