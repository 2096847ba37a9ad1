// Checks the data directory of either service, or a backup of one, offline: every
// block, and every stored index and view against the blocks. Changes nothing.
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
  bool is_replica = false;       // of a query service; otherwise the ledger
  Position ids_through = 0;      // last position in the id index
  LedgerEvidence ledger;         // at evidence_at
  LedgerTail tail;               // the end of the valid blocks
  std::vector<Flaw> flaws;       // by position: the first of each check
  bool indexes_skipped = false;  // not checked completely, since blocks are bad
};

struct VerifyOptions {
  std::string data_dir;
  // The position whose hash is reported; 0: none.
  Position evidence_at = 0;
  // Called from time to time with the progress.
  std::function<void(Position done, Position last)> progress;
};

// Blocks until everything is read; for memory see IdCheck and ViewCheck. DATA_LOSS:
// the store cannot be opened. FAILED_PRECONDITION: a service has it open, or it
// belongs to neither service. NOT_FOUND: there is no store. UNAVAILABLE: it cannot be
// read.
absl::StatusOr<DirectoryReport> VerifyDirectory(const VerifyOptions& options);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_VERIFY_VERIFY_DIRECTORY_H_
