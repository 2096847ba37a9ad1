#include "common/storage/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/file_size_limit.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/stored_ledger.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

const absl::Time kTime = absl::FromUnixMicros(1'704'067'199'123'456);

absl::Status Continue(size_t) { return absl::OkStatus(); }

// Path and bytes of every file below `directory`.
std::map<std::string, std::string> FilesBelow(const std::string& directory) {
  std::map<std::string, std::string> files;
  if (!fs::exists(directory)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files[entry.path().string()] = FileContent(entry.path().string());
  }
  return files;
}

// A ledger and its backup at backup_.
class BackupTest : public ::testing::Test {
 protected:
  BackupTest() : ledger_(dir_.Path("ledger")) {
    ledger_.Append(20);
    Write();
  }

  void Write() {
    fs::remove_all(backup_);
    fs::remove_all(checkpoint_);
    EXPECT_THAT(ledger_.store().Checkpoint(checkpoint_), IsOk());
    const auto written = WriteBackup(checkpoint_, backup_, kTime, Continue);
    ASSERT_THAT(written, IsOk());
    manifest_ = *written;
  }

  // The backup's files without the manifest.
  std::vector<std::string> StoreFiles() const { return FilesOf(backup_ + "/store", "", ""); }

  // Both a check and a restore fail with this error, and nothing is restored.
  template <typename Matcher>
  void ExpectRefused(absl::StatusCode code, const Matcher& message) {
    EXPECT_THAT(CheckBackup(backup_, Continue), StatusIs(code, message));
    EXPECT_THAT(RestoreBackup(backup_, restored_, Continue), StatusIs(code, message));
    EXPECT_FALSE(fs::exists(restored_ + "/store"));
  }

  const TempDir dir_;
  const std::string checkpoint_ = dir_.Path("checkpoint");
  const std::string backup_ = dir_.Path("backup");
  const std::string restored_ = dir_.Path("restored");
  StoredLedger ledger_;
  BackupManifest manifest_;
};

TEST_F(BackupTest, ManifestDescribesTheLedger) {
  EXPECT_EQ(manifest_.ledger_id, ledger_.log().id());
  EXPECT_EQ(manifest_.tail, ledger_.tail());
  EXPECT_EQ(manifest_.tail.position, 200);
  EXPECT_EQ(manifest_.create_time, kTime);
  EXPECT_EQ(manifest_.bytes, BytesOf(backup_ + "/store").value());
  const auto read = ReadBackupManifest(backup_);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(FormatBackupManifest(*read), FormatBackupManifest(manifest_));
}

TEST_F(BackupTest, HasTheStateOfTheRocksDbCheckpoint) {
  const LedgerTail before = ledger_.tail();
  fs::remove_all(checkpoint_);
  fs::remove_all(backup_);
  ASSERT_THAT(ledger_.store().Checkpoint(checkpoint_), IsOk());
  ledger_.Append(20);
  const auto written = WriteBackup(checkpoint_, backup_, kTime, Continue);
  ASSERT_THAT(written, IsOk());
  EXPECT_EQ(written->tail, before);
}

TEST_F(BackupTest, HasNoHardLinksToTheLedger) {
  for (const std::string& file : StoreFiles()) EXPECT_EQ(fs::hard_link_count(file), 1u) << file;
}

TEST_F(BackupTest, KeepsTheIdOfAnEmptyLedger) {
  const StoredLedger empty(dir_.Path("empty"));
  fs::remove_all(checkpoint_);
  fs::remove_all(backup_);
  ASSERT_THAT(empty.store().Checkpoint(checkpoint_), IsOk());
  ASSERT_THAT(WriteBackup(checkpoint_, backup_, kTime, Continue), IsOk());
  ASSERT_THAT(RestoreBackup(backup_, restored_, Continue), IsOk());
  const StoredLedger again(restored_);
  EXPECT_EQ(again.log().id(), empty.log().id());
  EXPECT_EQ(again.tail(), LedgerTail());
}

TEST_F(BackupTest, CheckChangesNothing) {
  const auto before = FilesBelow(backup_);
  const auto checked = CheckBackup(backup_, Continue);
  ASSERT_THAT(checked, IsOk());
  EXPECT_EQ(checked->tail, ledger_.tail());
  EXPECT_EQ(FilesBelow(backup_), before);
}

TEST_F(BackupTest, RestoredLedgerIsIdentical) {
  const auto restored = RestoreBackup(backup_, restored_ + "/with/parents", Continue);
  ASSERT_THAT(restored, IsOk());
  EXPECT_EQ(restored->tail, ledger_.tail());
  StoredLedger again(restored_ + "/with/parents");
  EXPECT_EQ(again.log().id(), ledger_.log().id());
  EXPECT_EQ(again.tail(), ledger_.tail());
  EXPECT_EQ(again.log().ReadAfter(0, 100 << 20).value(),
            ledger_.log().ReadAfter(0, 100 << 20).value());
}

TEST_F(BackupTest, ErrorNamesTheFileWithAChangedByte) {
  ASSERT_GE(StoreFiles().size(), 4u);
  for (const std::string& file : StoreFiles()) {
    const std::string whole = FileContent(file);
    for (const size_t at : {size_t{0}, whole.size() / 2, whole.size() - 1}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 4);
      WriteFile(file, damaged);
      ExpectRefused(absl::StatusCode::kDataLoss, AllOf(HasSubstr(file), HasSubstr("damaged")));
    }
    WriteFile(file, whole);
  }
  EXPECT_THAT(CheckBackup(backup_, Continue), IsOk());
}

TEST_F(BackupTest, ErrorNamesAMissingOrTruncatedFile) {
  for (const std::string& file : StoreFiles()) {
    const std::string whole = FileContent(file);
    WriteFile(file, whole.substr(0, whole.size() - 1));
    ExpectRefused(absl::StatusCode::kDataLoss, AllOf(HasSubstr(file), HasSubstr("damaged")));
    fs::remove(file);
    ExpectRefused(absl::StatusCode::kDataLoss, AllOf(HasSubstr(file), HasSubstr("missing")));
    WriteFile(file, whole);
  }
}

TEST_F(BackupTest, ErrorNamesAnUnexpectedFile) {
  const std::string more = backup_ + "/store/000099.log";
  WriteFile(more, "more");
  ExpectRefused(absl::StatusCode::kDataLoss, AllOf(HasSubstr(more), HasSubstr("belong")));
}

TEST_F(BackupTest, ErrorNamesADamagedManifest) {
  const std::string path = absl::StrCat(backup_, "/", kBackupManifest);
  std::string text = FileContent(path);
  text[text.find("position ") + 9] = '1';
  WriteFile(path, text);
  ExpectRefused(absl::StatusCode::kDataLoss, HasSubstr(path));
  fs::remove(path);
  ExpectRefused(absl::StatusCode::kNotFound, HasSubstr(backup_));
}

// A manifest with a valid digest that does not match the blocks.
TEST_F(BackupTest, RejectsAManifestWithAnotherPosition) {
  manifest_.tail.position -= 10;
  WriteFile(absl::StrCat(backup_, "/", kBackupManifest), FormatBackupManifest(manifest_));
  ExpectRefused(absl::StatusCode::kDataLoss, AllOf(HasSubstr("position 200"), HasSubstr("190")));
}

// Damage from before the backup, with valid RocksDB checksums.
TEST_F(BackupTest, DoesNotBackUpABrokenChain) {
  const std::string path = dir_.Path("broken");
  {
    const StoredLedger other(path);
    RandomChain chain(1, other.log().id());
    RandomChain stranger(2, other.log().id());
    stranger.Next(10);
    const std::string blocks[] = {chain.Next(10), stranger.Next(10)};
    StoreBatch batch;
    for (const std::string& bytes : blocks) {
      BlockTable(&other.store(), 1).Put(batch, Block::Parse(bytes).value());
    }
    ASSERT_THAT(other.store().Write(batch, Durability::kSynced), IsOk());
    fs::remove_all(checkpoint_);
    fs::remove_all(backup_);
    ASSERT_THAT(other.store().Checkpoint(checkpoint_), IsOk());
  }
  EXPECT_THAT(WriteBackup(checkpoint_, backup_, kTime, Continue),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("10")));
  EXPECT_FALSE(fs::exists(absl::StrCat(backup_, "/", kBackupManifest)));
}

TEST_F(BackupTest, RestoresOnlyIntoAnEmptyDirectory) {
  fs::create_directories(restored_ + "/store");
  WriteFile(restored_ + "/store/CURRENT", "somebody's");
  const auto before = FilesBelow(restored_);
  EXPECT_THAT(RestoreBackup(backup_, restored_, Continue),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(restored_), HasSubstr("contains store"))));
  EXPECT_EQ(FilesBelow(restored_), before);
  fs::remove_all(restored_);
  WriteFile(restored_, "a file");
  EXPECT_THAT(RestoreBackup(backup_, restored_, Continue),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(restored_)));
  fs::remove(restored_);
  fs::create_directories(restored_ + "/lost+found");
  EXPECT_THAT(RestoreBackup(backup_, restored_, Continue), IsOk());
}

TEST_F(BackupTest, InterruptedRestoreIsDetectedAndCanBeRepeated) {
  for (const int at : {0, 1, 3, 5}) {
    int pieces = 0;
    EXPECT_THAT(RestoreBackup(backup_, restored_,
                              [&](size_t) {
                                return pieces++ < at ? absl::OkStatus()
                                                     : absl::CancelledError("pulled the plug");
                              }),
                StatusIs(absl::StatusCode::kCancelled));
    EXPECT_THAT(CheckRestored(restored_),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(restored_)));
    EXPECT_FALSE(fs::exists(restored_ + "/store"));
  }
  EXPECT_THAT(RestoreBackup(backup_, restored_, Continue), IsOk());
  EXPECT_THAT(CheckRestored(restored_), IsOk());
  EXPECT_THAT(FilesOf(restored_, "restore", ""), IsEmpty());
}

TEST_F(BackupTest, CheckRestoredAcceptsAMissingDirectory) {
  EXPECT_THAT(CheckRestored(dir_.Path("none")), IsOk());
}

TEST_F(BackupTest, FullDiskErrorNamesThePath) {
  ledger_.Append(2'000);
  Write();
  const FileSizeLimit limit(4 << 10);
  EXPECT_THAT(RestoreBackup(backup_, restored_, Continue),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(restored_)));
  EXPECT_THAT(WriteBackup(checkpoint_, dir_.Path("another"), kTime, Continue),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(dir_.Path("another"))));
}

}  // namespace
}  // namespace repatriation
