// Frees the space of removed files step by step, so that syncs do not stall.
//
// A file system that discards freed blocks (ext4 mounted with `discard`, as cloud disks
// often are) does so in its next commit, and every sync of every file waits for that:
// measured were 0.8 ms for a megabyte and 50 ms for a log of 64 MB, so it is most of a
// second for a merged run of ids. Space is freed in steps of 2 MiB, each in a commit of
// its own, so a sync waits for at most one of them.
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

  // Waits for the given time (kPause) and returns whether to stop.
  using Pause = absl::FunctionRef<bool(absl::Duration)>;

  // Keeps the file at `path` open across its removal or replacement. If it cannot be
  // opened, there is nothing to release.
  explicit SpaceRelease(const std::string& path);
  SpaceRelease(SpaceRelease&& other) noexcept;
  SpaceRelease& operator=(SpaceRelease&&) = delete;
  // Frees at once what Release() has not.
  ~SpaceRelease();

  // Truncates the file step by step until `pause` says to stop. First waits, at most a
  // second, until nobody else has the file open; otherwise leaves it untouched. Does
  // nothing while the file still has a name.
  void Release(Pause pause);

 private:
  static constexpr int kPausesForOthersMax = 250;

  bool AwaitExclusiveUse(Pause pause) const;

  int descriptor_;  // -1: none
};

// RemoveTree() of common/base/file.h step by step. When `pause` says to stop, removes
// the rest at once. UNAVAILABLE.
absl::Status RemoveTreeInSteps(const std::string& path, SpaceRelease::Pause pause);

}  // namespace repatriation

#endif  // COMMON_BASE_SPACE_RELEASE_H_
