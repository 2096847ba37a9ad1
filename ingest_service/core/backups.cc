#include "ingest_service/core/backups.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/space_release.h"
#include "common/storage/backup.h"
#include "common/storage/data_directory.h"

namespace repatriation {
namespace {

namespace fs = std::filesystem;

// Space on the ledger's own disk that a RocksDB checkpoint may need: it flushes
// the memtables and copies the log written meanwhile. A backup must not fill the
// ledger's disk.
constexpr uint64_t kCheckpointBytes = uint64_t{64} << 20;

absl::Status NoDirectory() {
  return WithReason(
      absl::FailedPreconditionError("backups are disabled: the service runs without --backup_dir"),
      "NO_BACKUP_DIRECTORY");
}

absl::Status CheckSpace(const std::string& directory, uint64_t needed) {
  const auto free = FreeBytes(directory);
  if (!free.ok()) return free.status();
  if (needed <= *free) return absl::OkStatus();
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        directory, ": a backup needs ", needed, " bytes, ", *free, " are free")),
                    "BACKUP_NEEDS_SPACE");
}

// Names sort by creation time.
std::string NameOf(const BackupManifest& manifest) {
  return absl::StrCat(
      absl::FormatTime("%Y%m%dT%H%M%E3SZ", manifest.create_time, absl::UTCTimeZone()), "-",
      manifest.tail.position);
}

}  // namespace

Backups::Backups(std::string data_dir, const Store* store, const LedgerLog* log, const Clock* clock,
                 const BackupOptions& options)
    : data_dir_(std::move(data_dir)),
      store_(store),
      log_(log),
      clock_(clock),
      options_(options),
      checkpoint_(absl::StrCat(data_dir_, "/backup", kTemporarySuffix)),
      unfinished_(absl::StrCat(options.directory, "/unfinished", kTemporarySuffix)) {
  absl::Status removed = RemoveTree(checkpoint_);
  // Another process may be writing a backup there.
  if (DirectoryLock::Acquire(options_.directory).ok()) removed.Update(RemoveTree(unfinished_));
  if (!removed.ok()) LogWarning("backups will fail: ", Describe(removed));
}

absl::Status Backups::RemoveLeftovers() const {
  absl::Status removed = RemoveTree(checkpoint_);
  removed.Update(RemoveTree(unfinished_));
  return removed;
}

absl::StatusOr<Backup> Backups::Create(absl::FunctionRef<bool()> is_cancelled) {
  if (options_.directory.empty()) return NoDirectory();
  if (!creating_.TryLock()) {
    return WithReason(absl::AbortedError("another backup is in progress"), "BACKUP_UNDER_WAY");
  }
  auto backup = CreateLocked(is_cancelled);
  creating_.Unlock();
  return backup;
}

absl::StatusOr<Backup> Backups::CreateLocked(absl::FunctionRef<bool()> is_cancelled) {
  const absl::Status made = MakeDirectory(options_.directory);
  if (!made.ok()) return made;
  const auto lock = DirectoryLock::Acquire(options_.directory);
  if (absl::IsFailedPrecondition(lock.status())) {
    return WithReason(lock.status(), "BACKUP_DIRECTORY_IN_USE");
  }
  if (!lock.ok()) return lock.status();
  absl::Status removed = RemoveLeftovers();
  if (!removed.ok()) return removed;
  auto backup = WriteAndRename(is_cancelled);
  // Also after a failure: the RocksDB checkpoint pins the files that it links.
  removed = RemoveLeftovers();
  if (!removed.ok()) LogWarning(Describe(removed));
  if (backup.ok()) RemoveOldest(backup->name);
  return backup;
}

absl::StatusOr<Backup> Backups::WriteAndRename(absl::FunctionRef<bool()> is_cancelled) {
  const absl::Time begun = clock_->Now();
  absl::Status status = MakeCheckpoint();
  if (!status.ok()) return status;
  auto manifest = WriteBackup(StorePath(checkpoint_), unfinished_, begun,
                              [&](size_t bytes) { return Throttle(bytes, is_cancelled); });
  if (!manifest.ok()) return manifest.status();
  status = CheckMatchesLedger(*manifest);
  if (!status.ok()) return status;
  Backup backup;
  backup.name = NameOf(*manifest);
  backup.path = fs::absolute(absl::StrCat(options_.directory, "/", backup.name)).string();
  backup.manifest = *std::move(manifest);
  std::error_code error;
  fs::rename(unfinished_, backup.path, error);
  if (error) {
    return FileError(absl::StrCat("rename ", unfinished_, " to"), backup.path, error);
  }
  status = SyncDirectory(options_.directory);
  if (!status.ok()) return status;
  LogInfo("backed up the ledger through position ", backup.manifest.tail.position, " to ",
          backup.path);
  return backup;
}

absl::Status Backups::MakeCheckpoint() const {
  absl::Status status = CheckSpace(data_dir_, kCheckpointBytes);
  // In its own directory, because RocksDB first creates it under another name.
  if (status.ok()) status = MakeDirectory(checkpoint_);
  if (status.ok()) status = store_->Checkpoint(StorePath(checkpoint_));
  if (!status.ok()) return status;
  const auto needed = BytesOf(StorePath(checkpoint_));
  if (!needed.ok()) return needed.status();
  return CheckSpace(options_.directory, *needed);
}

absl::Status Backups::CheckMatchesLedger(const BackupManifest& manifest) const {
  Sha256Digest own{};
  if (manifest.tail.position > 0) {
    const auto bytes = log_->ReadBlockOf(manifest.tail.position);
    if (!bytes.ok()) return bytes.status();
    const auto block = Block::Parse(*bytes);
    if (!block.ok()) return block.status();
    own = block->hash();
  }
  if (manifest.ledger_id == log_->id() && manifest.tail.hash == own) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the backup does not match the ledger: at position ",
                                          manifest.tail.position, " its hash is ",
                                          Hex(manifest.tail.hash), ", the ledger's is ", Hex(own)));
}

absl::Status Backups::Throttle(size_t bytes, absl::FunctionRef<bool()> is_cancelled) {
  if (is_cancelled()) return absl::CancelledError("the caller cancelled the backup");
  const double seconds =
      static_cast<double>(bytes) / static_cast<double>(options_.bytes_per_second);
  if (stop_.WaitFor(absl::Seconds(seconds))) {
    return WithReason(absl::UnavailableError("the service is draining"), "DRAINING");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Backup>> Backups::List() const {
  if (options_.directory.empty()) return NoDirectory();
  std::vector<Backup> backups;
  std::error_code error;
  auto entry = fs::directory_iterator(options_.directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    auto manifest = ReadBackupManifest(entry->path().string());
    // A directory without a manifest, such as lost+found, is not a backup.
    if (absl::IsNotFound(manifest.status()) || entry->path() == unfinished_) continue;
    Backup& backup = backups.emplace_back();
    backup.name = entry->path().filename().string();
    backup.path = fs::absolute(entry->path()).string();
    backup.problem = manifest.status();
    if (manifest.ok()) backup.manifest = *std::move(manifest);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return FileError("list", options_.directory, error);
  }
  std::sort(backups.begin(), backups.end(),
            [](const Backup& a, const Backup& b) { return a.name < b.name; });
  return backups;
}

void Backups::RemoveOldest(absl::string_view newest) {
  auto backups = List();
  if (!backups.ok()) return LogWarning(Describe(backups.status()));
  // A backup of another ledger may be the only one left of it. The newest need not
  // be the last by time, because the clock may have been set back.
  std::erase_if(*backups, [&](const Backup& backup) {
    return !backup.problem.ok() || backup.manifest.ledger_id != log_->id() || backup.name == newest;
  });
  for (size_t i = 0; i + options_.kept < backups->size() + 1; ++i) {
    const std::string& path = (*backups)[i].path;
    LogInfo("removing backup ", path, ", which newer ones replace");
    const absl::Status removed = RemoveBackup(path);
    if (!removed.ok()) LogWarning(Describe(removed));
  }
}

// Renames it first: a half-removed backup must not look like a backup.
absl::Status Backups::RemoveBackup(const std::string& path) {
  std::error_code error;
  fs::rename(path, unfinished_, error);
  if (error) return FileError("rename", path, error);
  const absl::Status synced = SyncDirectory(options_.directory);
  if (!synced.ok()) return synced;
  return RemoveTreeInSteps(unfinished_,
                           [this](absl::Duration how_long) { return stop_.WaitFor(how_long); });
}

}  // namespace repatriation
