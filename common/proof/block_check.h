// Reads every block of a store and checks its hash, its format, and that it follows the
// block before (ledger id, position, hash, time). The last hash then proves the whole
// history.
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
  LedgerId ledger_id;         // of the blocks; empty if there are none
  LedgerTail tail;            // the end of the last block before the flaw
  absl::optional<Flaw> flaw;  // the first one; nothing after it was checked
};

// Called with each valid block, in order, and its entries.
using VisitBlock =
    absl::FunctionRef<absl::Status(const Block& block, absl::Span<const LedgerEntry> entries)>;

// Checks table `blocks`, with memory for one block at a time. All blocks must have
// `ledger_id`, or that of the first if it is empty. Returns an error only if the check
// could not be completed: UNAVAILABLE, or that of `visit`.
absl::StatusOr<CheckedBlocks> CheckBlocks(const Store& store, TableId blocks,
                                          const LedgerId& ledger_id, VisitBlock visit);

}  // namespace repatriation

#endif  // COMMON_PROOF_BLOCK_CHECK_H_
