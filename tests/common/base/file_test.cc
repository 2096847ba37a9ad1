#include "common/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

TEST(FileTest, ForEachPieceReadsTheFileInOrder) {
  const TempDir dir;
  const std::string path = dir.Path("file");
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1} << 20, (size_t{3} << 20) + 17}) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 >> 8);
    std::ofstream(path, std::ios::binary) << bytes;
    std::string read;
    EXPECT_THAT(ForEachPiece(path,
                             [&](absl::string_view piece) {
                               read.append(piece.data(), piece.size());
                               return absl::OkStatus();
                             }),
                IsOk());
    EXPECT_TRUE(read == bytes) << size;
  }
}

TEST(FileTest, ForEachPieceStopsAtTheFirstError) {
  const TempDir dir;
  const std::string path = dir.Path("file");
  std::ofstream(path) << std::string(size_t{3} << 20, 'a');
  int pieces = 0;
  EXPECT_THAT(ForEachPiece(path,
                           [&](absl::string_view) {
                             return ++pieces < 2 ? absl::OkStatus() : absl::AbortedError("enough");
                           }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(pieces, 2);
  EXPECT_THAT(ForEachPiece(dir.Path("none"), [](absl::string_view) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(dir.Path("none"))));
}

TEST(FileTest, DirectoryLockIsExclusive) {
  const TempDir dir;
  auto first = DirectoryLock::Acquire(dir.path());
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(DirectoryLock::Acquire(dir.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(dir.path())));
  first->reset();
  EXPECT_THAT(DirectoryLock::Acquire(dir.path()), IsOk());
  EXPECT_THAT(DirectoryLock::Acquire(dir.Path("none")), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(FileTest, MakesAndRemovesDirectoriesRecursively) {
  const TempDir dir;
  const std::string path = dir.Path("a/b/c");
  EXPECT_THAT(MakeDirectory(path), IsOk());
  EXPECT_THAT(MakeDirectory(path), IsOk());
  EXPECT_TRUE(std::filesystem::is_directory(path));
  std::ofstream(path + "/file") << "content";
  EXPECT_THAT(RemoveTree(dir.Path("a")), IsOk());
  EXPECT_FALSE(std::filesystem::exists(dir.Path("a")));
  EXPECT_THAT(RemoveTree(dir.Path("a")), IsOk());
  std::ofstream(dir.Path("file")) << "content";
  EXPECT_THAT(MakeDirectory(dir.Path("file/a")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(dir.Path("file/a"))));
}

}  // namespace
}  // namespace repatriation
