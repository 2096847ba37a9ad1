// A checkpoint: the signed statement of where a ledger ended, with which
// running hash, at some time. Whoever keeps one can show later, with the
// public key alone, that nothing before it was changed. CHECKPOINT.md defines
// the bytes.
//
// Thread-safety: plain values and pure functions.
#ifndef COMMON_PROOF_CHECKPOINT_H_
#define COMMON_PROOF_CHECKPOINT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/ed25519.h"
#include "common/ledger/block.h"
#include "repatriation/v1/ledger_proof_service.pb.h"

namespace repatriation {

struct Checkpoint {
  LedgerId ledger_id;
  LedgerTail tail;    // position at least 1, the end of a block
  absl::Time issued;  // in whole microseconds

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The text that is signed.
std::string CheckpointText(const Checkpoint& checkpoint);

// INVALID_ARGUMENT if `text` is not exactly what CheckpointText() writes.
absl::StatusOr<Checkpoint> ParseCheckpointText(absl::string_view text);

// The name under which a ledger's key signs.
std::string CheckpointKeyName(const LedgerId& ledger_id);

// The signed note, always the same for the same checkpoint and key.
std::string SignCheckpoint(const Checkpoint& checkpoint, const Ed25519PrivateKey& key);

// What a note says, provided that `key` signed it. INVALID_ARGUMENT if it is no
// note or no checkpoint, else as CheckSignature().
absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note, const Ed25519PublicKey& key);

// What a ledger has to show for a checkpoint.
struct LedgerEvidence {
  LedgerId ledger_id;
  Position last_position = 0;  // where it ends
  // The end of the block that holds the checkpoint's position; of no meaning if
  // the ledger ends before that.
  LedgerTail at;
};

// What the answer of a service shows, for the position that it was asked for.
// INTERNAL if an id or a hash in it is none.
absl::StatusOr<LedgerEvidence> EvidenceFrom(const v1::GetLedgerHashResponse& answer);

// OK if the ledger holds the history that the checkpoint vouches for. Otherwise
// FAILED_PRECONDITION with an ErrorInfo reason: LEDGER_ID_MISMATCH (another
// ledger), LEDGER_ENDS_BEFORE_CHECKPOINT, or HASH_MISMATCH (what was recorded
// up to the checkpoint has been changed).
absl::Status CheckEvidence(const Checkpoint& checkpoint, const LedgerEvidence& ledger);

// LEDGERID-POSITION.checkpoint, the position in 20 digits.
std::string CheckpointFileName(const LedgerId& ledger_id, Position position);

}  // namespace repatriation

#endif  // COMMON_PROOF_CHECKPOINT_H_
