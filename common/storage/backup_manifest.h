// What a backup says of itself: which ledger, up to where, with which hash, and
// the digest of every file, so that damage is found by name before anything is
// restored.
//
// The form is text, one fact a line, LF at each end:
//
//   repatriation-ledger-backup 1
//   ledger_id 0123456789abcdef0123456789abcdef
//   position 839
//   hash (64 hexadecimal digits: the running hash through that position)
//   recorded_time 2023-12-31T22:58:59.651656Z
//   create_time 2023-12-31T23:59:59.123000Z
//   bytes 73912
//   (64 hexadecimal digits: the file's SHA-256)  store/000012.sst
//   (and so on for each file, sorted by name)
//   end (64 hexadecimal digits: SHA-256 of all lines above)
//
// The lines of files are as sha256sum(1) writes them, so that
// `sha256sum --check --ignore-missing backup.manifest` checks them, too. A
// reader takes no other form than what a writer writes.
//
// Thread-safety: plain values; all functions are pure.
#ifndef COMMON_STORAGE_BACKUP_MANIFEST_H_
#define COMMON_STORAGE_BACKUP_MANIFEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/sha256.h"
#include "common/ledger/block.h"

namespace repatriation {

// Name of the file in the backup's directory.
inline constexpr absl::string_view kBackupManifest = "backup.manifest";

struct BackupManifest {
  struct File {
    std::string path;  // from the backup's directory, "store/NAME"
    Sha256Digest digest{};
  };

  LedgerId ledger_id;
  LedgerTail tail;
  absl::Time create_time;  // when the backup was begun, whole microseconds
  uint64_t bytes = 0;      // of all files, the manifest left out
  std::vector<File> files;
};

std::string FormatBackupManifest(const BackupManifest& manifest);

// DATA_LOSS if `text` is not what FormatBackupManifest() wrote,
// FAILED_PRECONDITION if it is of a later version.
absl::StatusOr<BackupManifest> ParseBackupManifest(absl::string_view text);

}  // namespace repatriation

#endif  // COMMON_STORAGE_BACKUP_MANIFEST_H_
