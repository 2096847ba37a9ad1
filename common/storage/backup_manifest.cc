#include "common/storage/backup_manifest.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace repatriation {
namespace {

constexpr absl::string_view kFormat = "repatriation-ledger-backup ";
constexpr absl::string_view kVersion = "1";
constexpr absl::string_view kFolder = "store/";
constexpr char kTimeFormat[] = "%Y-%m-%dT%H:%M:%E6SZ";
constexpr size_t kFirstFileLine = 7;

std::string TimeText(absl::Time time) {
  return absl::FormatTime(kTimeFormat, time, absl::UTCTimeZone());
}

bool ParseTime(absl::string_view text, absl::Time& time) {
  return absl::ParseTime(kTimeFormat, text, &time, nullptr);
}

// Exactly `size` bytes from hexadecimal digits, or false.
bool ParseHex(absl::string_view text, size_t size, void* out) {
  if (text.size() != 2 * size ||
      !std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c); })) {
    return false;
  }
  const std::string bytes = absl::HexStringToBytes(text);
  std::memcpy(out, bytes.data(), size);
  return true;
}

// A name in store/, so that nothing that is read from a manifest leads elsewhere.
bool IsStoreFile(absl::string_view path) {
  return absl::ConsumePrefix(&path, kFolder) && !path.empty() && path[0] != '.' &&
         std::all_of(path.begin(), path.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

// The rest of `line` after `name` and a space.
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
  std::string id_bytes(LedgerId::kBytes, '\0');
  absl::Time recorded_time;
  if (!ParseHex(id, id_bytes.size(), id_bytes.data()) ||
      !absl::SimpleAtoi(position, &manifest.tail.position) ||
      !ParseHex(hash, manifest.tail.hash.size(), manifest.tail.hash.data()) ||
      !ParseTime(recorded, recorded_time) || !ParseTime(created, manifest.create_time) ||
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
    if (parts.size() != 2 || !ParseHex(parts[0], file.digest.size(), file.digest.data()) ||
        !IsStoreFile(parts[1])) {
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
      TimeText(absl::FromUnixMicros(manifest.tail.recorded_time_us)), "\ncreate_time ",
      TimeText(manifest.create_time), "\nbytes ", manifest.bytes, "\n");
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
        absl::StrCat("the manifest is of version ", version, ", this program knows ", kVersion));
  }
  BackupManifest manifest;
  if (lines.size() < kFirstFileLine || !ParseHead(lines, manifest) ||
      !ParseFiles(lines, manifest) || FormatBackupManifest(manifest) != text) {
    return damaged;
  }
  return manifest;
}

}  // namespace repatriation
