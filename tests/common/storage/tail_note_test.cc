#include "common/storage/tail_note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr size_t kSlotBytes = 72;
constexpr size_t kSecondSlot = 4096;

AcknowledgedTail At(Position position) {
  AcknowledgedTail tail;
  tail.ledger_id = LedgerId::FromBytes("a ledger's own i");
  tail.position = position;
  tail.hash.fill(static_cast<uint8_t>(position));
  return tail;
}

class TailNoteTest : public ::testing::Test {
 protected:
  // Reads the note as a new process would.
  absl::StatusOr<absl::optional<AcknowledgedTail>> Reread() const {
    const auto note = TailNote::Open(path_);
    if (!note.ok()) return note.status();
    return (*note)->acknowledged();
  }

  // A file to which the positions 5, 6 and 7 were written: 7 is in the first slot.
  void WriteThree() const {
    const auto note = TailNote::Open(path_);
    ASSERT_THAT(note, IsOk());
    for (const Position position : {5, 6, 7}) ASSERT_THAT((*note)->Write(At(position)), IsOk());
  }

  void Flip(size_t offset, int mask) const {
    std::string bytes = FileContent(path_);
    ASSERT_LT(offset, bytes.size());
    bytes[offset] = static_cast<char>(bytes[offset] ^ mask);
    WriteFile(path_, bytes);
  }

  const TempDir dir_;
  const std::string path_ = dir_.Path("tail");
};

TEST_F(TailNoteTest, NewNoteIsEmptyAndCreatesNoFile) {
  const auto read = Reread();
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, absl::nullopt);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(TailNoteTest, ReadsTheLastWrittenTail) {
  const auto note = TailNote::Open(path_);
  ASSERT_THAT(note, IsOk());
  for (Position position = 0; position < 10; ++position) {
    ASSERT_THAT((*note)->Write(At(position)), IsOk());
    EXPECT_EQ((*note)->acknowledged(), At(position));
    const auto read = Reread();
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(*read, At(position));
  }
}

TEST_F(TailNoteTest, FileSizeIsConstant) {
  // So that no write needs disk space or a sync of the file's size.
  const auto note = TailNote::Open(path_);
  ASSERT_THAT(note, IsOk());
  for (const Position position : {1, 2, 3}) {
    ASSERT_THAT((*note)->Write(At(position)), IsOk());
    EXPECT_EQ(std::filesystem::file_size(path_), kSecondSlot + kSlotBytes);
  }
}

TEST_F(TailNoteTest, BytesMatchTheDocumentation) {
  WriteThree();
  const std::string slot = FileContent(path_).substr(0, kSlotBytes);
  EXPECT_EQ(slot.substr(0, 64), std::string("RLT1\0\0\0\0a ledger's own i\x07\0\0\0\0\0\0\0", 32) +
                                    std::string(32, '\x07'));
  EXPECT_EQ(Hex(slot.substr(64)), "805138d7ba2920dd");
}

TEST_F(TailNoteTest, ReadsTheOtherSlotIfOneIsDamaged) {
  for (size_t offset = 0; offset < kSlotBytes; ++offset) {
    for (const int mask : {0x01, 0x80}) {
      std::filesystem::remove(path_);
      WriteThree();
      Flip(offset, mask);
      const auto newest_damaged = Reread();
      ASSERT_THAT(newest_damaged, IsOk()) << offset;
      EXPECT_EQ(*newest_damaged, At(6)) << offset;
      Flip(offset, mask);
      Flip(kSecondSlot + offset, mask);
      const auto older_damaged = Reread();
      ASSERT_THAT(older_damaged, IsOk()) << offset;
      EXPECT_EQ(*older_damaged, At(7)) << offset;
    }
  }
}

TEST_F(TailNoteTest, WritesTheDamagedSlotNext) {
  WriteThree();
  Flip(20, 0x01);
  {
    const auto note = TailNote::Open(path_);
    ASSERT_THAT(note, IsOk());
    ASSERT_THAT((*note)->Write(At(8)), IsOk());
  }
  Flip(20, 0x01);
  const auto read = Reread();
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, At(6));
}

TEST_F(TailNoteTest, NoValidSlotIsDataLoss) {
  const auto damaged =
      StatusIs(absl::StatusCode::kDataLoss, AllOf(HasSubstr(path_), HasSubstr("damaged")));
  WriteThree();
  Flip(30, 0x10);
  Flip(kSecondSlot + 30, 0x10);
  EXPECT_THAT(Reread(), damaged);
  for (const char* content : {"", "RLT1", "something else"}) {
    WriteFile(path_, content);
    EXPECT_THAT(Reread(), damaged) << content;
  }
}

TEST_F(TailNoteTest, IsUnavailableIfItCannotBeCreated) {
  const auto note = TailNote::Open(dir_.Path("no/such/folder/tail"));
  ASSERT_THAT(note, IsOk());
  EXPECT_THAT((*note)->Write(At(1)),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no/such/folder/tail")));
  EXPECT_EQ((*note)->acknowledged(), absl::nullopt);
}

}  // namespace
}  // namespace repatriation
