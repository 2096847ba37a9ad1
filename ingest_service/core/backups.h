// The backups that a running ingest service makes of its ledger: one at a
// time, at a limited rate, and only so many of them kept.
//
// A backup is copied from a RocksDB checkpoint (hard links beside the store, which
// cost the writer next to nothing) at a throttled rate. Until it is complete it has
// a temporary name. What a process leaves behind when it ends is removed at the next
// start or backup.
//
// Thread-safety: all methods may be called from any thread.
#ifndef INGEST_SERVICE_CORE_BACKUPS_H_
#define INGEST_SERVICE_CORE_BACKUPS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/stop_signal.h"
#include "common/ledger/ledger_log.h"
#include "common/storage/backup_manifest.h"
#include "common/storage/store.h"

namespace repatriation {

struct BackupOptions {
  // Behaviour.

  // Flag `--backup_dir`: where backups go; created if missing. Empty: backups are disabled.
  std::string directory;
  // Flag `--backups_kept`: how many backups of this ledger to keep, 1 to 1000; the
  // oldest are removed when another is complete. Those of other ledgers never are.
  size_t kept = 7;

  // Speed.

  // Flag `--backup_bytes_per_second`: maximum rate at which files are copied and
  // then read back, 1 MiB to 100 GiB. Raising it slows down concurrent appends,
  // which share the disk.
  uint64_t bytes_per_second = uint64_t{64} << 20;
};

struct Backup {
  std::string name;
  std::string path;
  BackupManifest manifest;
  absl::Status problem;  // not OK: the manifest could not be read
};

class Backups {
 public:
  // `data_dir` is that of the ledger in `store` and `log`. The pointers must
  // outlive this. Removes what an unfinished backup left in either directory; what
  // cannot be removed is logged, and makes Create() fail.
  Backups(std::string data_dir, const Store* store, const LedgerLog* log, const Clock* clock,
          const BackupOptions& options);

  // Makes a backup; blocks until it is durable. Polls `is_cancelled` and stops
  // with CANCELLED when it returns true.
  //   FAILED_PRECONDITION  NO_BACKUP_DIRECTORY or BACKUP_DIRECTORY_IN_USE
  //   ABORTED              BACKUP_UNDER_WAY
  //   RESOURCE_EXHAUSTED   BACKUP_NEEDS_SPACE
  //   UNAVAILABLE          the disk refused, or DRAINING after Stop()
  //   DATA_LOSS            the copied files are damaged
  absl::StatusOr<Backup> Create(absl::FunctionRef<bool()> is_cancelled);

  // All backups in the directory, oldest first. FAILED_PRECONDITION
  // (NO_BACKUP_DIRECTORY), UNAVAILABLE.
  absl::StatusOr<std::vector<Backup>> List() const;

  // Cancels the backup in progress and all later ones. Does not block.
  void Stop() { stop_.RequestStop(); }

 private:
  absl::Status RemoveLeftovers() const;
  absl::StatusOr<Backup> CreateLocked(absl::FunctionRef<bool()> is_cancelled)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(creating_);
  // Makes a backup in `unfinished_` and renames it. REQUIRES: the directory is locked.
  absl::StatusOr<Backup> WriteAndRename(absl::FunctionRef<bool()> is_cancelled);
  absl::Status MakeCheckpoint() const;
  // Checks that the copied hash chain ends in a block of this ledger.
  absl::Status CheckMatchesLedger(const BackupManifest& manifest) const;
  void RemoveOldest(absl::string_view newest);
  absl::Status RemoveBackup(const std::string& path);
  // Waits as long as `bytes` take at the maximum rate.
  absl::Status Throttle(size_t bytes, absl::FunctionRef<bool()> is_cancelled);

  const std::string data_dir_;
  const Store* const store_;
  const LedgerLog* const log_;
  const Clock* const clock_;
  const BackupOptions options_;
  const std::string checkpoint_;  // beside the store, on its file system
  const std::string unfinished_;  // in options_.directory

  Mutex creating_;  // held by the Create() in progress
  StopSignal stop_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_BACKUPS_H_
