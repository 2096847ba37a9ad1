// Gives the space of removed files back to the disk step by step.
//
// A file system that tells its disk of freed space (ext4 mounted with `discard`, as
// cloud disks often are) does so within its next commit, for which every sync of
// every file then waits: 0.8 ms for a megabyte was measured, 50 ms for a log of 64 MB,
// and so most of a second for a merged run of ids. Freed in steps of 2 MiB, each
// committed by itself, no sync waits for more than one of them.
//
// Thread-safety: belongs to one thread at a time. All calls block on I/O.
#ifndef COMMON_BASE_SPACE_RELEASE_H_
#define COMMON_BASE_SPACE_RELEASE_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace repatriation {

class SpaceRelease {
 public:
  static constexpr uint64_t kStepBytes = uint64_t{2} << 20;
  static constexpr absl::Duration kPause = absl::Milliseconds(4);

  // Waits for a while, kPause, and returns whether to leave off.
  using Pause = absl::FunctionRef<bool(absl::Duration)>;

  // Holds the space of the file that is now called `path`, beyond its removal or its
  // replacement. If it cannot be opened, there is nothing to release.
  explicit SpaceRelease(const std::string& path);
  SpaceRelease(SpaceRelease&& other) noexcept;
  SpaceRelease& operator=(SpaceRelease&&) = delete;
  // Gives back at once what Release() has not.
  ~SpaceRelease();

  // Gives the space back, up to where `pause` says to leave off. First waits, for a
  // second at most, until nobody else has the file open; who has it open for longer
  // keeps all of it. Does nothing as long as the file has a name.
  void Release(Pause pause);

 private:
  static constexpr int kPausesForOthersMax = 250;

  bool AwaitOthers(Pause pause) const;

  int descriptor_;  // -1: none
};

// RemoveTree() of common/base/file.h step by step, but for what is left when `pause`
// says to leave off, which it removes at once. UNAVAILABLE.
absl::Status RemoveTreeInSteps(const std::string& path, SpaceRelease::Pause pause);

}  // namespace repatriation

#endif  // COMMON_BASE_SPACE_RELEASE_H_
