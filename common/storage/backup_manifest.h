// The manifest of a backup: the ledger, its tail and hash, and the digest of every
// file, so that a damaged file is identified before anything is restored.
//
// It is text, one field per line, each line ending with LF:
//
//   repatriation-ledger-backup 1
//   ledger_id 0123456789abcdef0123456789abcdef
//   position 839
//   hash (64 hexadecimal digits: the ledger's hash at that position)
//   recorded_time 2023-12-31T22:58:59.651656Z
//   create_time 2023-12-31T23:59:59.123000Z
//   bytes 73912
//   (64 hexadecimal digits: the file's SHA-256)  store/000012.sst
//   (and so on for each file, sorted by name)
//   end (64 hexadecimal digits: SHA-256 of all lines above)
//
// The file lines have the format of sha256sum(1), so that
// `sha256sum --check --ignore-missing backup.manifest` can check them too. The
// parser accepts only the exact bytes that FormatBackupManifest() writes.
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
#include "common/base/crypto/sha256.h"
#include "common/ledger/block.h"

namespace repatriation {

// File name in the backup's directory.
inline constexpr absl::string_view kBackupManifest = "backup.manifest";

struct BackupManifest {
  struct File {
    std::string path;  // relative to the backup's directory: "store/NAME"
    Sha256Digest digest{};
  };

  LedgerId ledger_id;
  LedgerTail tail;
  absl::Time create_time;  // when the backup was started, in whole microseconds
  uint64_t bytes = 0;      // of all files except the manifest
  std::vector<File> files;
};

std::string FormatBackupManifest(const BackupManifest& manifest);

// DATA_LOSS if `text` was not written by FormatBackupManifest(),
// FAILED_PRECONDITION if it has a later version.
absl::StatusOr<BackupManifest> ParseBackupManifest(absl::string_view text);

}  // namespace repatriation

#endif  // COMMON_STORAGE_BACKUP_MANIFEST_H_
