// Backups of a ledger as directories, and the way back from one.
//
//   BACKUP/store/...         the ledger's store, as in a data directory
//   BACKUP/backup.manifest   see backup_manifest.h; written last
//
// The files are copies of their own, not links of the ledger's, so that what
// damages a file of the one does not damage the other. The id index is left
// out: it is built again from the ledger when the ingest service opens it.
//
// A restored directory appears whole or not at all: until then it is under
// another name, at which the ingest service refuses to start.
//
// Thread-safety: functions of paths; two calls must not write to one path. All
// block on I/O.
#ifndef COMMON_STORAGE_BACKUP_H_
#define COMMON_STORAGE_BACKUP_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/storage/backup_manifest.h"
#include "common/storage/store.h"

namespace repatriation {

// Is told of bytes that were just copied or checked. May wait, to keep a pace;
// an error gives up what is going on, and is what that then returns.
using BackupProgress = absl::FunctionRef<absl::Status(size_t bytes)>;

// Bytes of the files in `directory`, and those that a copy of them may take of
// a file system. UNAVAILABLE.
absl::StatusOr<uint64_t> BytesOf(const std::string& directory);
absl::StatusOr<uint64_t> FreeBytes(const std::string& directory);

// Makes `backup`, which must not exist, from the files in `checkpoint` (see
// Store::Checkpoint()). Reads the copy's blocks back and checks their chain. On
// return everything is durable but the name `backup` itself.
// DATA_LOSS, naming what is damaged; UNAVAILABLE; or the error of `progress`.
// What is there of `backup` after an error is of no use.
absl::StatusOr<BackupManifest> WriteBackup(const std::string& checkpoint, const std::string& backup,
                                           absl::Time create_time, BackupProgress progress);

// NOT_FOUND if `backup` holds no manifest; else as ParseBackupManifest(), with
// the path.
absl::StatusOr<BackupManifest> ReadBackupManifest(const std::string& backup);

// Reads all of `backup` and changes nothing: each file's digest, then every
// block and their chain. As ReadBackupManifest(); DATA_LOSS, naming the file
// that is damaged, is missing or does not belong there, or the position.
absl::StatusOr<BackupManifest> CheckBackup(const std::string& backup, BackupProgress progress);

// OK if `data_dir` is missing, or empty but for what an interrupted restore or
// the file system itself (lost+found) left there. Otherwise FAILED_PRECONDITION,
// naming what is in the way.
absl::Status CheckRestoreTarget(const std::string& data_dir);

// Makes `data_dir` the data directory of an ingest service from `backup`, with
// the checks of both functions above; when it returns, that is durable. After
// an error nothing of it is used: the ingest service refuses to start there
// until it is done again.
absl::StatusOr<BackupManifest> RestoreBackup(const std::string& backup, const std::string& data_dir,
                                             BackupProgress progress);

// To be called before an ingest service opens `data_dir`. FAILED_PRECONDITION
// if a restore into it did not get to its end.
absl::Status CheckRestored(const std::string& data_dir);

}  // namespace repatriation

#endif  // COMMON_STORAGE_BACKUP_H_
