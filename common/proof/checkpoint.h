// A checkpoint: a signed statement of a ledger's last position and hash at some time.
// With a checkpoint and the public key, anyone can prove later whether the history before
// it was changed. CHECKPOINT.md defines the bytes.
//
// Thread-safety: plain values and pure functions.
#ifndef COMMON_PROOF_CHECKPOINT_H_
#define COMMON_PROOF_CHECKPOINT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/crypto/ed25519.h"
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

// The key name in the signatures of a ledger's checkpoints.
std::string CheckpointKeyName(const LedgerId& ledger_id);

// The signed note; deterministic.
std::string SignCheckpoint(const Checkpoint& checkpoint, const Ed25519PrivateKey& key);

// Verifies that `key` signed the note and parses it. INVALID_ARGUMENT if it is not a
// note or not a checkpoint, else as CheckSignature().
absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note, const Ed25519PublicKey& key);

// The state of a ledger that a checkpoint is compared with.
struct LedgerEvidence {
  LedgerId ledger_id;
  Position last_position = 0;  // its end
  // The end of the block that contains the checkpoint's position; meaningless if the
  // ledger ends before that.
  LedgerTail at;
};

// The evidence in a service's response for the requested position. INTERNAL if its id or
// hash is malformed.
absl::StatusOr<LedgerEvidence> EvidenceFrom(const v1::GetLedgerHashResponse& answer);

// OK if the ledger has the history that the checkpoint states. Otherwise
// FAILED_PRECONDITION with an ErrorInfo reason: LEDGER_ID_MISMATCH (another ledger),
// LEDGER_ENDS_BEFORE_CHECKPOINT, or HASH_MISMATCH (the history up to the checkpoint was
// changed).
absl::Status CheckEvidence(const Checkpoint& checkpoint, const LedgerEvidence& ledger);

// LEDGERID-POSITION.checkpoint, with the position in 20 digits.
std::string CheckpointFileName(const LedgerId& ledger_id, Position position);

}  // namespace repatriation

#endif  // COMMON_PROOF_CHECKPOINT_H_
