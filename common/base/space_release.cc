#include "common/base/space_release.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/base/file.h"

namespace repatriation {

SpaceRelease::SpaceRelease(const std::string& path)
    : descriptor_(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)) {}

SpaceRelease::SpaceRelease(SpaceRelease&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

SpaceRelease::~SpaceRelease() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// Where the file system has no leases, nobody can tell.
bool SpaceRelease::AwaitOthers(Pause pause) const {
  for (int i = 0; i < kPausesForOthersMax; ++i) {
    // Given to the only one who has the file open, which stays so without a name.
    if (::fcntl(descriptor_, F_SETLEASE, F_WRLCK) == 0) {
      ::fcntl(descriptor_, F_SETLEASE, F_UNLCK);
      return true;
    }
    if (errno != EAGAIN || pause(kPause)) return false;
  }
  return false;
}

void SpaceRelease::Release(Pause pause) {
  struct stat file {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &file) != 0 || file.st_nlink > 0) return;
  if (!AwaitOthers(pause)) return;
  auto left = static_cast<uint64_t>(file.st_size);
  while (left > 0) {
    left -= std::min(left, kStepBytes);
    // Where one of these fails, closing it frees the rest.
    if (::ftruncate(descriptor_, static_cast<off_t>(left)) != 0) return;
    if (::fdatasync(descriptor_) != 0) return;
    if (pause(kPause)) return;
  }
}

absl::Status RemoveTreeInSteps(const std::string& path, SpaceRelease::Pause pause) {
  bool stopped = false;
  const auto noting = [&](absl::Duration how_long) { return stopped = pause(how_long); };
  std::error_code error;
  auto entry = std::filesystem::recursive_directory_iterator(path, error);
  for (; !error && !stopped && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    SpaceRelease space(entry->path().string());
    // What stays is an error of RemoveTree().
    if (::unlink(entry->path().c_str()) == 0) space.Release(noting);
  }
  return RemoveTree(path);
}

}  // namespace repatriation
