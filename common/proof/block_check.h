// Reads every block of a store and checks it: its bytes against its hash, its
// body against the format, and that it follows the block before (ledger id,
// position, hash, time). What is left then is vouched for by the last hash.
//
// Thread-safety: may be called from any thread. Blocks on I/O.
#ifndef COMMON_PROOF_BLOCK_CHECK_H_
#define COMMON_PROOF_BLOCK_CHECK_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/ledger/block.h"
#include "common/proof/flaw.h"
#include "common/storage/store.h"

namespace repatriation {

struct CheckedBlocks {
  LedgerId ledger_id;         // of the blocks; empty without one
  LedgerTail tail;            // the end of the last block before the flaw
  absl::optional<Flaw> flaw;  // the first one; nothing after it was looked at
};

// Called with each block that is right, in order, and its entries.
using VisitBlock =
    absl::FunctionRef<absl::Status(const Block& block, absl::Span<const LedgerEntry> entries)>;

// Checks table `blocks`, in memory for one block at a time. `ledger_id` is that
// which all must have; empty: that of the first. Returns an error only where
// it could not find out: UNAVAILABLE, or what `visit` returned.
absl::StatusOr<CheckedBlocks> CheckBlocks(const Store& store, TableId blocks,
                                          const LedgerId& ledger_id, VisitBlock visit);

}  // namespace repatriation

#endif  // COMMON_PROOF_BLOCK_CHECK_H_
