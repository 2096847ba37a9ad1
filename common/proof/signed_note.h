// Signed notes (https://c2sp.org/signed-note): human-readable text with signatures that
// any tool for such notes can check.
//
//   note           := text "\n" signature_line+
//   signature_line := "— " key_name " " base64(key_id[4] signature[64]) "\n"
//   key_id         := first 4 bytes of SHA-256(key_name "\n" 0x01 public_key[32])
//
// The text ends with a newline, which is signed too; the blank line is not.
// The dash is U+2014. 0x01 stands for Ed25519.
//
// Thread-safety: all functions are pure.
#ifndef COMMON_PROOF_SIGNED_NOTE_H_
#define COMMON_PROOF_SIGNED_NOTE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/crypto/ed25519.h"

namespace repatriation {

// Notes that exceed these limits are rejected.
inline constexpr size_t kNoteBytesMax = 64 << 10;
inline constexpr size_t kNoteSignaturesMax = 100;

struct NoteSignature {
  std::string key_name;  // not empty; without spaces and "+"
  std::string bytes;     // key id, then the signature
};

struct SignedNote {
  std::string text;
  std::vector<NoteSignature> signatures;  // at least one
};

// The key id in a signature; distinguishes keys of the same name.
std::string NoteKeyId(absl::string_view key_name, const Ed25519PublicKey& key);

// REQUIRES: `text` ends with a newline and `key_name` is valid.
SignedNote SignNote(absl::string_view text, absl::string_view key_name,
                    const Ed25519PrivateKey& key);

std::string FormatNote(const SignedNote& note);

// INVALID_ARGUMENT, saying what is wrong, if `bytes` are not a note. Does not check
// signatures.
absl::StatusOr<SignedNote> ParseNote(absl::string_view bytes);

// OK if `key` signed the text. Signatures by other keys are ignored, as the format
// requires. Otherwise FAILED_PRECONDITION with an ErrorInfo reason: NOT_SIGNED_BY_KEY,
// or SIGNATURE_MISMATCH if a signature names the key but does not match the text: text
// or signature was altered.
absl::Status CheckSignature(const SignedNote& note, const Ed25519PublicKey& key);

}  // namespace repatriation

#endif  // COMMON_PROOF_SIGNED_NOTE_H_
