// A store's LOCK file, held by those who only read, so that nobody writes
// meanwhile: a service that has the store open keeps them out, and they keep a
// service from opening it.
//
// Thread-safety: immutable once made.
#ifndef COMMON_STORAGE_READ_LOCK_H_
#define COMMON_STORAGE_READ_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace repatriation {

class ReadLock {
 public:
  // Takes the lock of the store in directory `path` until the object goes.
  // Changes no file. FAILED_PRECONDITION if a service has the store open;
  // UNAVAILABLE if the file cannot be read. A store without the file, as a
  // backup may be, is nobody's: OK.
  static absl::StatusOr<std::unique_ptr<ReadLock>> Take(const std::string& path);
  ReadLock(const ReadLock&) = delete;
  ReadLock& operator=(const ReadLock&) = delete;
  ~ReadLock();

 private:
  explicit ReadLock(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;  // -1: there is no file
};

}  // namespace repatriation

#endif  // COMMON_STORAGE_READ_LOCK_H_
