#include "common/proof/signed_note.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/crypto/sha256.h"
#include "common/base/errors.h"
#include "common/base/text.h"

namespace repatriation {
namespace {

constexpr absl::string_view kDash = "\xe2\x80\x94 ";  // U+2014 and a space
constexpr char kEd25519Type = '\x01';
constexpr size_t kKeyIdBytes = 4;

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not a signed note: ", what));
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }

absl::StatusOr<NoteSignature> ParseSignature(absl::string_view line) {
  if (!absl::ConsumePrefix(&line, kDash)) {
    return Malformed("a signature line does not begin with a dash");
  }
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(line, absl::MaxSplits(' ', 1));
  NoteSignature signature;
  signature.key_name = std::string(parts.first);
  if (parts.first.empty() || absl::StrContains(parts.first, '+')) {
    return Malformed("a signature line has no valid key name");
  }
  // Accepts only canonical base64, as Base64Unescape() is lenient.
  if (!absl::Base64Unescape(parts.second, &signature.bytes) ||
      absl::Base64Escape(signature.bytes) != parts.second ||
      signature.bytes.size() <= kKeyIdBytes) {
    return Malformed("a signature is not in base64");
  }
  return signature;
}

}  // namespace

std::string NoteKeyId(absl::string_view key_name, const Ed25519PublicKey& key) {
  const Sha256Digest digest =
      Sha256(absl::StrCat(key_name, "\n", absl::string_view(&kEd25519Type, 1), key.bytes()));
  return {digest.begin(), digest.begin() + kKeyIdBytes};
}

SignedNote SignNote(absl::string_view text, absl::string_view key_name,
                    const Ed25519PrivateKey& key) {
  std::string bytes = absl::StrCat(NoteKeyId(key_name, key.public_key()), key.Sign(text));
  return {std::string(text), {{std::string(key_name), std::move(bytes)}}};
}

std::string FormatNote(const SignedNote& note) {
  std::string bytes = absl::StrCat(note.text, "\n");
  for (const NoteSignature& signature : note.signatures) {
    absl::StrAppend(&bytes, kDash, signature.key_name, " ", absl::Base64Escape(signature.bytes),
                    "\n");
  }
  return bytes;
}

absl::StatusOr<SignedNote> ParseNote(absl::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return Malformed("it is too long");
  if (!IsValidUtf8(bytes) || std::any_of(bytes.begin(), bytes.end(), IsControl)) {
    return Malformed("it is not plain UTF-8 text");
  }
  const size_t blank_line = bytes.rfind("\n\n");
  if (blank_line == absl::string_view::npos) return Malformed("it has no blank line");
  SignedNote note;
  note.text = std::string(bytes.substr(0, blank_line + 1));
  absl::string_view lines = bytes.substr(blank_line + 2);
  if (!absl::ConsumeSuffix(&lines, "\n")) {
    return Malformed("it does not end with a signature line");
  }
  for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
    auto signature = ParseSignature(line);
    if (!signature.ok()) return signature.status();
    if (note.signatures.size() == kNoteSignaturesMax)
      return Malformed("it has too many signatures");
    note.signatures.push_back(*std::move(signature));
  }
  return note;
}

absl::Status CheckSignature(const SignedNote& note, const Ed25519PublicKey& key) {
  bool names_key = false;
  for (const NoteSignature& signature : note.signatures) {
    const absl::string_view bytes = signature.bytes;
    if (bytes.substr(0, kKeyIdBytes) != NoteKeyId(signature.key_name, key)) continue;
    if (key.Verifies(note.text, bytes.substr(kKeyIdBytes))) return absl::OkStatus();
    names_key = true;
  }
  if (names_key) {
    return WithReason(absl::FailedPreconditionError(
                          "the signature does not match the text: one of them was altered"),
                      "SIGNATURE_MISMATCH");
  }
  return WithReason(absl::FailedPreconditionError("the note is not signed by this key"),
                    "NOT_SIGNED_BY_KEY");
}

}  // namespace repatriation
