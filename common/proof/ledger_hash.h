// Answers GetLedgerHash, for the ledger and its replicas.
//
// Thread-safety: pure, apart from `read_block_of`.
#ifndef COMMON_PROOF_LEDGER_HASH_H_
#define COMMON_PROOF_LEDGER_HASH_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/ledger/block.h"
#include "repatriation/v1/ledger_proof_service.pb.h"

namespace repatriation {

// As LedgerLog::ReadBlockOf(): the stored block that contains a position, checked.
using ReadBlockOf = absl::FunctionRef<absl::StatusOr<std::string>(Position)>;

// Answers from blocks that are stored up to `last`. Blocks on I/O if `read_block_of`
// does. Errors as documented in ledger_proof_service.proto for the request and the
// stored block.
absl::StatusOr<v1::GetLedgerHashResponse> LedgerHashAt(const v1::GetLedgerHashRequest& request,
                                                       const LedgerId& ledger_id, Position last,
                                                       ReadBlockOf read_block_of);

}  // namespace repatriation

#endif  // COMMON_PROOF_LEDGER_HASH_H_
