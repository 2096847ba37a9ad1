#include "common/base/space_release.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

constexpr uint64_t kStep = SpaceRelease::kStepBytes;

// stat() of the file behind a descriptor, without opening it.
struct stat StatusOf(int descriptor) {
  struct stat status {};
  ::stat(absl::StrCat("/proc/self/fd/", descriptor).c_str(), &status);
  return status;
}

// A file of three steps and one byte.
class SpaceReleaseTest : public ::testing::Test {
 protected:
  SpaceReleaseTest() : path_(dir_.Path("file")) {
    std::ofstream(path_) << "content";
    std::filesystem::resize_file(path_, 3 * kStep + 1);
    struct stat status {};
    EXPECT_EQ(::stat(path_.c_str(), &status), 0);
    inode_ = status.st_ino;
  }

  // The size of the file. It must be open somewhere in this process.
  uint64_t Size() const {
    for (int descriptor = 0; descriptor < 1'000; ++descriptor) {
      const struct stat status = StatusOf(descriptor);
      if (status.st_ino == inode_) return static_cast<uint64_t>(status.st_size);
    }
    ADD_FAILURE() << "the file is not open";
    return 0;
  }

  // Calls Release(), stopping after `pauses_max` pauses; returns the size at each pause.
  std::vector<uint64_t> SizesAtPauses(SpaceRelease& space, size_t pauses_max = 300) const {
    std::vector<uint64_t> sizes;
    space.Release([&](absl::Duration how_long) {
      EXPECT_EQ(how_long, SpaceRelease::kPause);
      sizes.push_back(Size());
      return sizes.size() >= pauses_max;
    });
    return sizes;
  }

  const TempDir dir_;
  const std::string path_;
  ino_t inode_ = 0;
};

TEST_F(SpaceReleaseTest, FreesARemovedFileInSteps) {
  SpaceRelease space(path_);
  ASSERT_TRUE(std::filesystem::remove(path_));
  EXPECT_EQ(Size(), 3 * kStep + 1) << "the removal alone frees nothing";
  EXPECT_EQ(SizesAtPauses(space), (std::vector<uint64_t>{2 * kStep + 1, kStep + 1, 1, 0}));
}

TEST_F(SpaceReleaseTest, FreesAReplacedFile) {
  SpaceRelease space(path_);
  std::ofstream(dir_.Path("new")) << "newer";
  std::filesystem::rename(dir_.Path("new"), path_);
  EXPECT_EQ(SizesAtPauses(space).size(), 4);
  EXPECT_EQ(Size(), 0);
  EXPECT_EQ(std::filesystem::file_size(path_), 5);
}

TEST_F(SpaceReleaseTest, KeepsAFileThatStillHasAName) {
  SpaceRelease space(path_);
  EXPECT_EQ(SizesAtPauses(space), std::vector<uint64_t>());
  EXPECT_EQ(Size(), 3 * kStep + 1);
  std::filesystem::create_hard_link(path_, dir_.Path("another name"));
  ASSERT_TRUE(std::filesystem::remove(path_));
  EXPECT_EQ(SizesAtPauses(space), std::vector<uint64_t>());
  EXPECT_EQ(Size(), 3 * kStep + 1);
}

TEST_F(SpaceReleaseTest, WaitsForReaders) {
  int reader = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  SpaceRelease space(path_);
  ASSERT_TRUE(std::filesystem::remove(path_));
  std::vector<uint64_t> sizes;
  space.Release([&](absl::Duration) {
    sizes.push_back(Size());
    if (sizes.size() == 2) ::close(reader);
    return false;
  });
  EXPECT_EQ(sizes,
            (std::vector<uint64_t>{3 * kStep + 1, 3 * kStep + 1, 2 * kStep + 1, kStep + 1, 1, 0}));
}

TEST_F(SpaceReleaseTest, KeepsAFileThatIsReadForTooLong) {
  const int reader = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  SpaceRelease space(path_);
  ASSERT_TRUE(std::filesystem::remove(path_));
  EXPECT_EQ(SizesAtPauses(space), std::vector<uint64_t>(250, 3 * kStep + 1));
  EXPECT_EQ(Size(), 3 * kStep + 1);
  ::close(reader);
}

TEST_F(SpaceReleaseTest, StopsWhenThePauseSaysSo) {
  SpaceRelease space(path_);
  ASSERT_TRUE(std::filesystem::remove(path_));
  EXPECT_EQ(SizesAtPauses(space, 2).size(), 2);
  EXPECT_EQ(Size(), kStep + 1);
}

TEST_F(SpaceReleaseTest, ReleasesNothingWithoutAFile) {
  SpaceRelease none(dir_.Path("none"));
  EXPECT_EQ(SizesAtPauses(none), std::vector<uint64_t>());
  SpaceRelease space(path_);
  SpaceRelease moved(std::move(space));
  ASSERT_TRUE(std::filesystem::remove(path_));
  EXPECT_EQ(SizesAtPauses(space), std::vector<uint64_t>());  // NOLINT: use after move
  EXPECT_EQ(SizesAtPauses(moved).size(), 4);
}

TEST_F(SpaceReleaseTest, RemovesATreeInSteps) {
  std::filesystem::create_directories(dir_.Path("tree/store"));
  std::filesystem::rename(path_, dir_.Path("tree/store/table"));
  std::filesystem::create_hard_link(dir_.Path("tree/store/table"), path_);
  for (const char* name : {"tree/a", "tree/b", "tree/store/c"}) {
    std::ofstream(dir_.Path(name)) << "small";
  }
  int pauses = 0;
  EXPECT_THAT(RemoveTreeInSteps(dir_.Path("tree"), [&](absl::Duration) { return ++pauses < 0; }),
              IsOk());
  EXPECT_EQ(pauses, 3) << "one for each file without another name";
  EXPECT_FALSE(std::filesystem::exists(dir_.Path("tree")));
  EXPECT_EQ(std::filesystem::file_size(path_), 3 * kStep + 1) << "it has another name";
}

TEST_F(SpaceReleaseTest, RemovesTheRestOfATreeAtOnceWhenStopped) {
  std::filesystem::create_directories(dir_.Path("tree/store"));
  for (const char* name : {"tree/a", "tree/b", "tree/store/c"}) {
    std::ofstream(dir_.Path(name)) << "small";
  }
  int pauses = 0;
  EXPECT_THAT(RemoveTreeInSteps(dir_.Path("tree"), [&](absl::Duration) { return ++pauses > 0; }),
              IsOk());
  EXPECT_EQ(pauses, 1);
  EXPECT_FALSE(std::filesystem::exists(dir_.Path("tree")));
  EXPECT_THAT(RemoveTreeInSteps(dir_.Path("none"), [](absl::Duration) { return false; }), IsOk());
}

}  // namespace
}  // namespace repatriation
