#include "common/storage/backup.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/crypto/sha256_stream.h"
#include "common/base/errors.h"
#include "common/base/file.h"
#include "common/storage/block_table.h"
#include "common/storage/data_directory.h"
#include "common/storage/stored_ledger_log.h"

namespace repatriation {
namespace {

namespace fs = std::filesystem;

constexpr char kStoreFolder[] = "store";
constexpr char kUnfinishedRestore[] = "restore.tmp";
// Created by mkfs in the root directory of a volume.
constexpr char kLostAndFound[] = "lost+found";
constexpr size_t kChainReadBytes = size_t{4} << 20;
// Space for what is not in the files themselves: directories, the manifest.
constexpr uint64_t kSpareBytes = uint64_t{1} << 20;

// Sorted; empty if the directory does not exist.
absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  auto entry = fs::directory_iterator(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return FileError("list", directory, error);
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<Sha256Digest> Digest(const std::string& path, BackupProgress progress) {
  Sha256Stream digest;
  const absl::Status read = ForEachPiece(path, [&](absl::string_view piece) {
    digest.Add(piece);
    return progress(piece.size());
  });
  if (!read.ok()) return read;
  return digest.Finish();
}

// Copies a file and makes the copy and its name durable. Returns the digest of the
// copied bytes.
absl::StatusOr<Sha256Digest> Copy(const std::string& from, const std::string& to,
                                  BackupProgress progress) {
  auto writer = FileWriter::Create(to);
  if (!writer.ok()) return writer.status();
  Sha256Stream digest;
  absl::Status status = ForEachPiece(from, [&](absl::string_view piece) {
    digest.Add(piece);
    const absl::Status written = (*writer)->Append(piece.data(), piece.size());
    return written.ok() ? progress(piece.size()) : written;
  });
  if (status.ok()) status = (*writer)->Finish();
  if (!status.ok()) return status;
  return digest.Finish();
}

// The error for a file whose digest differs from the manifest's.
absl::Status DigestMismatch(const std::string& path) {
  return absl::DataLossError(
      absl::StrCat(path, " is damaged: its SHA-256 does not match the manifest"));
}

// Reads and checks all blocks of the ledger in `store`, and sets the id and the tail in
// `manifest`.
absl::Status CheckChain(const std::string& store, BackupManifest& manifest,
                        BackupProgress progress) {
  StoreOptions options;
  options.path = store;
  options.tables = LedgerTables::Specs();
  options.cache_bytes = size_t{8} << 20;
  const auto opened = Store::OpenForReading(options);
  if (!opened.ok()) return opened.status();
  const auto id = StoredLedgerLog::ReadId(**opened, LedgerTables::kMeta);
  if (!id.ok()) return id.status();
  if (id->empty()) return absl::DataLossError(absl::StrCat(store, ": the ledger id is missing"));
  const BlockTable table(opened->get(), LedgerTables::kBlocks);
  const auto end = table.Tail();
  if (!end.ok()) return end.status();
  manifest.tail = LedgerTail();
  while (manifest.tail.position < end->position) {
    const auto checked =
        table.CheckAfter(manifest.tail, *id, end->position, kChainReadBytes, progress);
    if (!checked.ok()) return checked.status();
    manifest.tail = *checked;
  }
  manifest.ledger_id = *id;
  return absl::OkStatus();
}

// Compares what CheckChain() finds in `store` with the manifest.
absl::Status CheckAgainst(const BackupManifest& manifest, const std::string& store,
                          BackupProgress progress) {
  BackupManifest found;
  const absl::Status checked = CheckChain(store, found, progress);
  if (!checked.ok()) return checked;
  if (found.ledger_id == manifest.ledger_id && found.tail == manifest.tail) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat(
      store, ": the ledger is ", found.ledger_id.ToString(), " through position ",
      found.tail.position, ", hash ", Hex(found.tail.hash), ", the manifest says ",
      manifest.ledger_id.ToString(), ", ", manifest.tail.position, ", ", Hex(manifest.tail.hash)));
}

// Checks that exactly the manifest's files exist.
absl::Status CheckFileNames(const BackupManifest& manifest, const std::string& backup) {
  const std::string folder = StorePath(backup);
  const auto names = NamesIn(folder);
  if (!names.ok()) return names.status();
  std::vector<std::string> wanted;
  for (const BackupManifest::File& file : manifest.files) {
    wanted.push_back(fs::path(file.path).filename().string());
  }
  for (const std::string& name : wanted) {
    if (!std::binary_search(names->begin(), names->end(), name)) {
      return absl::DataLossError(absl::StrCat(folder, "/", name, " is missing"));
    }
  }
  for (const std::string& name : *names) {
    if (!std::binary_search(wanted.begin(), wanted.end(), name)) {
      return absl::DataLossError(absl::StrCat(folder, "/", name, " does not belong to the backup"));
    }
  }
  return absl::OkStatus();
}

// Copies the files of `backup` to `to` and checks each, then the chain of the copy.
absl::Status CopyChecked(const BackupManifest& manifest, const std::string& backup,
                         const std::string& to, BackupProgress progress) {
  for (const BackupManifest::File& file : manifest.files) {
    const std::string from = absl::StrCat(backup, "/", file.path);
    const auto digest =
        Copy(from, absl::StrCat(to, "/", fs::path(file.path).filename().string()), progress);
    if (!digest.ok()) return digest.status();
    if (*digest != file.digest) return DigestMismatch(from);
  }
  return CheckAgainst(manifest, to, progress);
}

}  // namespace

absl::StatusOr<uint64_t> BytesOf(const std::string& directory) {
  const auto names = NamesIn(directory);
  if (!names.ok()) return names.status();
  uint64_t bytes = 0;
  for (const std::string& name : *names) {
    const std::string path = absl::StrCat(directory, "/", name);
    std::error_code error;
    bytes += fs::file_size(path, error);
    if (error) return FileError("stat", path, error);
  }
  return bytes;
}

absl::StatusOr<uint64_t> FreeBytes(const std::string& directory) {
  std::error_code error;
  const fs::space_info space = fs::space(directory, error);
  if (error) return FileError("get the free space of", directory, error);
  return space.available - std::min<uint64_t>(space.available, kSpareBytes);
}

absl::StatusOr<BackupManifest> WriteBackup(const std::string& checkpoint, const std::string& backup,
                                           absl::Time create_time, BackupProgress progress) {
  const std::string store = StorePath(backup);
  absl::Status status = MakeDirectory(store);
  if (!status.ok()) return status;
  const auto names = NamesIn(checkpoint);
  if (!names.ok()) return names.status();
  BackupManifest manifest;
  manifest.create_time = create_time;
  for (const std::string& name : *names) {
    const auto digest =
        Copy(absl::StrCat(checkpoint, "/", name), absl::StrCat(store, "/", name), progress);
    if (!digest.ok()) return digest.status();
    manifest.files.push_back({absl::StrCat(kStoreFolder, "/", name), *digest});
  }
  const auto bytes = BytesOf(store);
  if (!bytes.ok()) return bytes.status();
  manifest.bytes = *bytes;
  status = CheckChain(store, manifest, progress);
  if (!status.ok()) return status;
  // This also makes the name of the store folder durable, which is in the same directory.
  status =
      WriteWholeFile(absl::StrCat(backup, "/", kBackupManifest), FormatBackupManifest(manifest));
  if (!status.ok()) return status;
  return manifest;
}

absl::StatusOr<BackupManifest> ReadBackupManifest(const std::string& backup) {
  const std::string path = absl::StrCat(backup, "/", kBackupManifest);
  if (std::error_code ignored; !fs::exists(path, ignored)) {
    return absl::NotFoundError(
        absl::StrCat(backup, " is not a backup: it contains no ", kBackupManifest));
  }
  const auto text = ReadWholeFile(path);
  if (!text.ok()) return text.status();
  auto manifest = ParseBackupManifest(*text);
  if (!manifest.ok()) return Annotate(manifest.status(), path);
  return manifest;
}

absl::StatusOr<BackupManifest> CheckBackup(const std::string& backup, BackupProgress progress) {
  auto manifest = ReadBackupManifest(backup);
  if (!manifest.ok()) return manifest;
  absl::Status status = CheckFileNames(*manifest, backup);
  if (!status.ok()) return status;
  for (const BackupManifest::File& file : manifest->files) {
    const std::string path = absl::StrCat(backup, "/", file.path);
    const auto digest = Digest(path, progress);
    if (!digest.ok()) return digest.status();
    if (*digest != file.digest) return DigestMismatch(path);
  }
  status = CheckAgainst(*manifest, StorePath(backup), progress);
  if (!status.ok()) return status;
  return manifest;
}

absl::Status CheckRestoreTarget(const std::string& data_dir) {
  const auto names = NamesIn(data_dir);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (name == kLostAndFound || name == kUnfinishedRestore) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(data_dir, " is not empty: it contains ", name,
                     "; stop the service that uses it, and restore into an empty directory"));
  }
  return absl::OkStatus();
}

absl::StatusOr<BackupManifest> RestoreBackup(const std::string& backup, const std::string& data_dir,
                                             BackupProgress progress) {
  auto manifest = ReadBackupManifest(backup);
  if (!manifest.ok()) return manifest;
  absl::Status status = CheckFileNames(*manifest, backup);
  if (status.ok()) status = CheckRestoreTarget(data_dir);
  if (status.ok()) status = MakeDirectory(data_dir);
  if (!status.ok()) return status;
  const auto lock = DirectoryLock::Acquire(data_dir);
  if (!lock.ok()) return lock.status();
  const std::string unfinished = absl::StrCat(data_dir, "/", kUnfinishedRestore);
  status = RemoveTree(unfinished);
  if (!status.ok()) return status;
  const auto free = FreeBytes(data_dir);
  if (!free.ok()) return free.status();
  if (*free < manifest->bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        data_dir, ": the restore needs ", manifest->bytes, " bytes, ", *free, " are free"));
  }
  status = MakeDirectory(unfinished);
  // From here on CheckRestored() fails, also after a power loss.
  if (status.ok()) status = SyncDirectory(data_dir);
  if (status.ok()) status = CopyChecked(*manifest, backup, unfinished, progress);
  if (!status.ok()) return status;
  std::error_code error;
  fs::rename(unfinished, StorePath(data_dir), error);
  if (error) return FileError("rename", unfinished, error);
  status = SyncDirectory(data_dir);
  if (!status.ok()) return status;
  return manifest;
}

absl::Status CheckRestored(const std::string& data_dir) {
  const std::string unfinished = absl::StrCat(data_dir, "/", kUnfinishedRestore);
  std::error_code error;
  if (!fs::exists(unfinished, error)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("a restore into ", data_dir,
                                                    " did not complete: restore again, or remove ",
                                                    unfinished, " to start an empty ledger"));
}

}  // namespace repatriation
