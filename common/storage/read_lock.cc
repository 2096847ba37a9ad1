#include "common/storage/read_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"

namespace repatriation {

absl::StatusOr<std::unique_ptr<ReadLock>> ReadLock::Acquire(const std::string& path) {
  const std::string file = absl::StrCat(path, "/LOCK");
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno != ENOENT) {
    return FileError("open", file);
  }
  std::unique_ptr<ReadLock> lock(new ReadLock(descriptor));
  if (descriptor < 0) return lock;
  // RocksDB takes a write lock on the whole file. Open file description locks conflict
  // with its lock even within one process.
  struct flock whole = {};
  whole.l_type = F_RDLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_SETLK, &whole) == 0) return lock;
  if (errno != EAGAIN && errno != EACCES) return FileError("lock", file);
  return absl::FailedPreconditionError(
      absl::StrCat(path, " is in use by a service; stop the service first, or use a copy"));
}

ReadLock::~ReadLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace repatriation
