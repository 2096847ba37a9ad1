#include "common/proof/checkpoint.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/errors.h"
#include "common/base/exact_text.h"
#include "common/proof/signed_note.h"

namespace repatriation {
namespace {

constexpr absl::string_view kTitle = "repatriation-ledger checkpoint v1";

bool ParseFields(const std::vector<absl::string_view>& values, Checkpoint& checkpoint) {
  std::string id;
  std::string hash;
  absl::Time recorded;
  if (!ParseHex(values[0], LedgerId::kBytes, id) ||
      !absl::SimpleAtoi(values[1], &checkpoint.tail.position) ||
      !ParseHex(values[2], sizeof(Sha256Digest), hash) ||
      !ParseMicrosecondText(values[3], recorded) ||
      !ParseMicrosecondText(values[4], checkpoint.issued)) {
    return false;
  }
  checkpoint.ledger_id = LedgerId::FromBytes(id);
  std::copy(hash.begin(), hash.end(), checkpoint.tail.hash.begin());
  checkpoint.tail.recorded_time_us = absl::ToUnixMicros(recorded);
  return checkpoint.tail.position >= 1 && !checkpoint.ledger_id.empty();
}

absl::Status Refuse(absl::string_view reason, absl::string_view message) {
  return WithReason(absl::FailedPreconditionError(message), reason);
}

}  // namespace

std::string CheckpointText(const Checkpoint& checkpoint) {
  return absl::StrCat(kTitle, "\nledger ", checkpoint.ledger_id.ToString(), "\nposition ",
                      checkpoint.tail.position, "\nhash ", Hex(checkpoint.tail.hash), "\nrecorded ",
                      MicrosecondText(absl::FromUnixMicros(checkpoint.tail.recorded_time_us)),
                      "\nissued ", MicrosecondText(checkpoint.issued), "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpointText(absl::string_view text) {
  const absl::Status malformed =
      absl::InvalidArgumentError(absl::StrCat("not a valid \"", kTitle, "\""));
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  std::vector<absl::string_view> values;
  for (const absl::string_view name : {"ledger ", "position ", "hash ", "recorded ", "issued "}) {
    const size_t line = values.size() + 1;
    if (line >= lines.size()) return malformed;
    absl::string_view value = lines[line];
    if (!absl::ConsumePrefix(&value, name)) return malformed;
    values.push_back(value);
  }
  Checkpoint checkpoint;
  // Accepts only the canonical text, so that what is read is exactly what was signed.
  if (!ParseFields(values, checkpoint) || CheckpointText(checkpoint) != text) return malformed;
  return checkpoint;
}

std::string CheckpointKeyName(const LedgerId& ledger_id) {
  return absl::StrCat("repatriation-ledger/", ledger_id.ToString());
}

std::string SignCheckpoint(const Checkpoint& checkpoint, const Ed25519PrivateKey& key) {
  return FormatNote(
      SignNote(CheckpointText(checkpoint), CheckpointKeyName(checkpoint.ledger_id), key));
}

absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note, const Ed25519PublicKey& key) {
  const auto parsed = ParseNote(note);
  if (!parsed.ok()) return parsed.status();
  // Before parsing: unsigned content must not be trusted.
  const absl::Status is_signed = CheckSignature(*parsed, key);
  if (!is_signed.ok()) return is_signed;
  return ParseCheckpointText(parsed->text);
}

absl::StatusOr<LedgerEvidence> EvidenceFrom(const v1::GetLedgerHashResponse& answer) {
  std::string id(LedgerId::kBytes, '\0');
  std::string hash;
  // A replica without blocks has no ledger id.
  const bool has_id = !answer.ledger_id().empty();
  if ((has_id && !ParseHex(answer.ledger_id(), LedgerId::kBytes, id)) ||
      !ParseHex(answer.hash(), sizeof(Sha256Digest), hash)) {
    return absl::InternalError("the service returned a malformed ledger id or hash");
  }
  LedgerEvidence evidence;
  evidence.ledger_id = LedgerId::FromBytes(id);
  evidence.last_position = answer.last_position();
  evidence.at.position = answer.position();
  std::copy(hash.begin(), hash.end(), evidence.at.hash.begin());
  return evidence;
}

absl::Status CheckEvidence(const Checkpoint& checkpoint, const LedgerEvidence& ledger) {
  const LedgerTail& stated = checkpoint.tail;
  if (ledger.ledger_id != checkpoint.ledger_id) {
    return Refuse("LEDGER_ID_MISMATCH",
                  absl::StrCat("the checkpoint belongs to ledger ", checkpoint.ledger_id.ToString(),
                               ", this is ledger ", ledger.ledger_id.ToString()));
  }
  if (ledger.last_position < stated.position) {
    return Refuse("LEDGER_ENDS_BEFORE_CHECKPOINT",
                  absl::StrCat("the checkpoint states position ", stated.position,
                               ", but the ledger ends at position ", ledger.last_position));
  }
  if (ledger.at.position != stated.position) {
    return Refuse(
        "HASH_MISMATCH",
        absl::StrCat("the history before the checkpoint was changed: its position ",
                     stated.position, " is not the end of a block; that block ends at position ",
                     ledger.at.position));
  }
  if (ledger.at.hash != stated.hash) {
    return Refuse("HASH_MISMATCH",
                  absl::StrCat("the history before the checkpoint was changed: at position ",
                               stated.position, " the ledger's hash is ", Hex(ledger.at.hash),
                               ", the checkpoint states ", Hex(stated.hash)));
  }
  return absl::OkStatus();
}

std::string CheckpointFileName(const LedgerId& ledger_id, Position position) {
  return absl::StrFormat("%s-%020d.checkpoint", ledger_id.ToString(), position);
}

}  // namespace repatriation
