#include "common/storage/read_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"

namespace repatriation {

absl::StatusOr<std::unique_ptr<ReadLock>> ReadLock::Take(const std::string& path) {
  const std::string file = absl::StrCat(path, "/LOCK");
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno != ENOENT) {
    return FileError("open", file);
  }
  std::unique_ptr<ReadLock> lock(new ReadLock(descriptor));
  if (descriptor < 0) return lock;
  // RocksDB locks the whole file for writing. Locks of open files conflict with
  // its kind also within one process.
  struct flock whole = {};
  whole.l_type = F_RDLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_SETLK, &whole) == 0) return lock;
  if (errno != EAGAIN && errno != EACCES) return FileError("lock", file);
  return absl::FailedPreconditionError(
      absl::StrCat(path, " is in use by a service; stop it first, or use a copy"));
}

ReadLock::~ReadLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace repatriation
