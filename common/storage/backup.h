// Backups of a ledger as directories, and restoring them.
//
//   BACKUP/store/...         the ledger's store, as in a data directory
//   BACKUP/backup.manifest   see backup_manifest.h; written last
//
// The files are copies, not hard links to the ledger's, so that damage to one does
// not affect the other. The id index is not included: the ingest service rebuilds
// it from the ledger.
//
// A restore is atomic: until it is complete, the store has another name, and the
// ingest service refuses to start when it finds that.
//
// Thread-safety: functions of paths; two calls must not write to the same path. All
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

// Called with the number of bytes that were just copied or checked. May block, to
// limit the rate; an error aborts the operation, which then returns it.
using BackupProgress = absl::FunctionRef<absl::Status(size_t bytes)>;

// Total size of the files in `directory`, and the space that is available for a copy
// of them on the file system of `directory`. UNAVAILABLE.
absl::StatusOr<uint64_t> BytesOf(const std::string& directory);
absl::StatusOr<uint64_t> FreeBytes(const std::string& directory);

// Creates `backup`, which must not exist, from the files in the RocksDB checkpoint
// `checkpoint` (see Store::Checkpoint()). Reads the copied blocks back and checks
// their hash chain. On return everything is durable except the name `backup` itself.
// DATA_LOSS, naming what is damaged; UNAVAILABLE; or the error of `progress`. After
// an error, what exists of `backup` is unusable.
absl::StatusOr<BackupManifest> WriteBackup(const std::string& checkpoint, const std::string& backup,
                                           absl::Time create_time, BackupProgress progress);

// NOT_FOUND if `backup` has no manifest; else as ParseBackupManifest(), with the
// path.
absl::StatusOr<BackupManifest> ReadBackupManifest(const std::string& backup);

// Checks `backup` without changing it: the digest of each file, then all blocks and
// their hash chain. As ReadBackupManifest(); DATA_LOSS, naming the file that is
// damaged, missing or does not belong there, or the position.
absl::StatusOr<BackupManifest> CheckBackup(const std::string& backup, BackupProgress progress);

// OK if `data_dir` is missing, or empty apart from an interrupted restore and the
// file system's lost+found. Otherwise FAILED_PRECONDITION, naming what it contains.
absl::Status CheckRestoreTarget(const std::string& data_dir);

// Restores `backup` as the data directory `data_dir` of an ingest service, with the
// checks of both functions above; durable on return. After an error the ingest
// service refuses to start there until the restore is repeated.
absl::StatusOr<BackupManifest> RestoreBackup(const std::string& backup, const std::string& data_dir,
                                             BackupProgress progress);

// Call before an ingest service opens `data_dir`. FAILED_PRECONDITION if a restore
// into it did not complete.
absl::Status CheckRestored(const std::string& data_dir);

}  // namespace repatriation

#endif  // COMMON_STORAGE_BACKUP_H_
