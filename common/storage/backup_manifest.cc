#include "common/storage/backup_manifest.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/exact_text.h"

namespace repatriation {
namespace {

constexpr absl::string_view kFormat = "repatriation-ledger-backup ";
constexpr absl::string_view kVersion = "1";
constexpr absl::string_view kFolder = "store/";
constexpr size_t kFirstFileLine = 7;

bool ParseDigest(absl::string_view text, Sha256Digest& digest) {
  std::string bytes;
  if (!ParseHex(text, digest.size(), bytes)) return false;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return true;
}

// True for a plain file name in store/; rejects path traversal.
bool IsStoreFile(absl::string_view path) {
  return absl::ConsumePrefix(&path, kFolder) && !path.empty() && path[0] != '.' &&
         std::all_of(path.begin(), path.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

// Sets `value` to the rest of `line` after `name` and a space.
bool Field(absl::string_view line, absl::string_view name, absl::string_view& value) {
  value = line;
  return absl::ConsumePrefix(&value, name) && absl::ConsumePrefix(&value, " ");
}

bool ParseHead(const std::vector<absl::string_view>& lines, BackupManifest& manifest) {
  absl::string_view id, position, hash, recorded, created, bytes;
  if (!Field(lines[1], "ledger_id", id) || !Field(lines[2], "position", position) ||
      !Field(lines[3], "hash", hash) || !Field(lines[4], "recorded_time", recorded) ||
      !Field(lines[5], "create_time", created) || !Field(lines[6], "bytes", bytes)) {
    return false;
  }
  std::string id_bytes;
  absl::Time recorded_time;
  if (!ParseHex(id, LedgerId::kBytes, id_bytes) ||
      !absl::SimpleAtoi(position, &manifest.tail.position) ||
      !ParseDigest(hash, manifest.tail.hash) || !ParseMicrosecondText(recorded, recorded_time) ||
      !ParseMicrosecondText(created, manifest.create_time) ||
      !absl::SimpleAtoi(bytes, &manifest.bytes)) {
    return false;
  }
  manifest.ledger_id = LedgerId::FromBytes(id_bytes);
  manifest.tail.recorded_time_us = absl::ToUnixMicros(recorded_time);
  return true;
}

bool ParseFiles(const std::vector<absl::string_view>& lines, BackupManifest& manifest) {
  for (size_t i = kFirstFileLine; i < lines.size(); ++i) {
    const std::vector<absl::string_view> parts = absl::StrSplit(lines[i], absl::MaxSplits("  ", 1));
    BackupManifest::File file;
    if (parts.size() != 2 || !ParseDigest(parts[0], file.digest) || !IsStoreFile(parts[1])) {
      return false;
    }
    file.path = std::string(parts[1]);
    manifest.files.push_back(std::move(file));
  }
  return true;
}

}  // namespace

std::string FormatBackupManifest(const BackupManifest& manifest) {
  std::string text = absl::StrCat(
      kFormat, kVersion, "\nledger_id ", Hex(manifest.ledger_id.bytes()), "\nposition ",
      manifest.tail.position, "\nhash ", Hex(manifest.tail.hash), "\nrecorded_time ",
      MicrosecondText(absl::FromUnixMicros(manifest.tail.recorded_time_us)), "\ncreate_time ",
      MicrosecondText(manifest.create_time), "\nbytes ", manifest.bytes, "\n");
  for (const BackupManifest::File& file : manifest.files) {
    absl::StrAppend(&text, Hex(file.digest), "  ", file.path, "\n");
  }
  absl::StrAppend(&text, "end ", Sha256Hex(text), "\n");
  return text;
}

absl::StatusOr<BackupManifest> ParseBackupManifest(absl::string_view text) {
  const absl::Status damaged = absl::DataLossError("the manifest is damaged");
  const size_t head_bytes = text.rfind("\nend ") + 1;  // 0 if there is no such line
  const absl::string_view head = text.substr(0, head_bytes);
  if (text.substr(head_bytes) != absl::StrCat("end ", Sha256Hex(head), "\n")) return damaged;
  const std::vector<absl::string_view> lines = absl::StrSplit(absl::StripSuffix(head, "\n"), '\n');
  absl::string_view version = lines[0];
  if (!absl::ConsumePrefix(&version, kFormat)) return damaged;
  if (version != kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the manifest has version ", version, ", this program supports ", kVersion));
  }
  BackupManifest manifest;
  if (lines.size() < kFirstFileLine || !ParseHead(lines, manifest) ||
      !ParseFiles(lines, manifest) || FormatBackupManifest(manifest) != text) {
    return damaged;
  }
  return manifest;
}

}  // namespace repatriation
