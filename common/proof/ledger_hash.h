// The answer to "which running hash at this position?", for whoever keeps
// blocks: the ledger and each copy of it.
//
// Thread-safety: pure but for what it is given to read with.
#ifndef COMMON_PROOF_LEDGER_HASH_H_
#define COMMON_PROOF_LEDGER_HASH_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/ledger/block.h"
#include "repatriation/v1/ledger_proof_service.pb.h"

namespace repatriation {

// As LedgerLog::ReadBlockOf(): the stored block that holds a position, checked.
using ReadBlockOf = absl::FunctionRef<absl::StatusOr<std::string>(Position)>;

// Answers from blocks that are stored up to `last`. Blocks on I/O as
// `read_block_of` does. Errors as ledger_proof_service.proto states for the
// request and the stored block.
absl::StatusOr<v1::GetLedgerHashResponse> LedgerHashAt(const v1::GetLedgerHashRequest& request,
                                                       const LedgerId& ledger_id, Position last,
                                                       ReadBlockOf read_block_of);

}  // namespace repatriation

#endif  // COMMON_PROOF_LEDGER_HASH_H_
