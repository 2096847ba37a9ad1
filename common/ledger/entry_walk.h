// Iterates over all entries after a position: to rebuild at startup what is derived
// from the ledger.
#ifndef COMMON_LEDGER_ENTRY_WALK_H_
#define COMMON_LEDGER_ENTRY_WALK_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/ledger/entry.h"

namespace repatriation {

// The block source: LedgerLog::ReadBlockOf() and LedgerLog::ReadAfter().
struct BlockReads {
  std::function<absl::StatusOr<std::string>(Position)> block_of;
  std::function<absl::StatusOr<std::vector<std::string>>(Position, size_t)> after;
};

// Calls `visit` with each entry from `after` + 1, which may be inside a block, to
// `tail`, in order; blocks on I/O. Stops at the first error: that of a read,
// DATA_LOSS, or one returned by `visit`.
absl::Status ForEachEntryAfter(const BlockReads& reads, Position after, Position tail,
                               absl::FunctionRef<absl::Status(const LedgerEntry&)> visit);

}  // namespace repatriation

#endif  // COMMON_LEDGER_ENTRY_WALK_H_
