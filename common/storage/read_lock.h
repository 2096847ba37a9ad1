// Shared lock on a store's LOCK file, for readers: it conflicts with a service that
// has the store open.
//
// Thread-safety: immutable.
#ifndef COMMON_STORAGE_READ_LOCK_H_
#define COMMON_STORAGE_READ_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace repatriation {

class ReadLock {
 public:
  // Locks the store in directory `path` until the object is destroyed. Changes no
  // file. FAILED_PRECONDITION if a service has the store open; UNAVAILABLE if the
  // file cannot be read. OK if there is no LOCK file, as in some backups.
  static absl::StatusOr<std::unique_ptr<ReadLock>> Acquire(const std::string& path);
  ReadLock(const ReadLock&) = delete;
  ReadLock& operator=(const ReadLock&) = delete;
  ~ReadLock();

 private:
  explicit ReadLock(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;  // -1: there is no LOCK file
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_READ_LOCK_H_
