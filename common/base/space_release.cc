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

// False also on file systems without leases, where other users cannot be detected.
bool SpaceRelease::AwaitExclusiveUse(Pause pause) const {
  for (int i = 0; i < kPausesForOthersMax; ++i) {
    // Granted only if nothing else has the file open. Without a name, nothing can open it
    // later.
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
  if (!AwaitExclusiveUse(pause)) return;
  auto left = static_cast<uint64_t>(file.st_size);
  while (left > 0) {
    left -= std::min(left, kStepBytes);
    // If one of these fails, closing the file frees the rest.
    if (::ftruncate(descriptor_, static_cast<off_t>(left)) != 0) return;
    if (::fdatasync(descriptor_) != 0) return;
    if (pause(kPause)) return;
  }
}

absl::Status RemoveTreeInSteps(const std::string& path, SpaceRelease::Pause pause) {
  bool stopped = false;
  const auto recording_pause = [&](absl::Duration how_long) { return stopped = pause(how_long); };
  std::error_code error;
  auto entry = std::filesystem::recursive_directory_iterator(path, error);
  for (; !error && !stopped && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    SpaceRelease space(entry->path().string());
    // A failure is reported by RemoveTree() below.
    if (::unlink(entry->path().c_str()) == 0) space.Release(recording_pause);
  }
  return RemoveTree(path);
}

}  // namespace repatriation
