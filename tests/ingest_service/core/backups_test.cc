#include "ingest_service/core/backups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/file.h"
#include "common/storage/backup.h"
#include "tests/common/testing/fake_clock.h"
#include "tests/common/testing/notification.h"
#include "tests/common/testing/stored_ledger.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

bool Never() { return false; }

std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  if (!fs::exists(directory)) return names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BackupsTest : public ::testing::Test {
 protected:
  BackupsTest() : ledger_(dir_.Path("ledger")) {
    ledger_.Append(5);
    options_.directory = dir_.Path("backups");
    options_.bytes_per_second = uint64_t{100} << 30;
  }

  std::unique_ptr<Backups> Open(const StoredLedger& ledger) {
    return std::make_unique<Backups>(ledger.data_dir(), &ledger.store(), &ledger.log(), &clock_,
                                     options_);
  }

  // Makes a backup one second after the last.
  Backup Create(Backups& backups) {
    clock_.Advance(absl::Seconds(1));
    const auto made = backups.Create(Never);
    EXPECT_THAT(made, IsOk());
    return made.value_or(Backup());
  }

  static std::vector<std::string> Listed(const Backups& backups) {
    const auto listed = backups.List();
    EXPECT_THAT(listed, IsOk());
    std::vector<std::string> names;
    for (const Backup& backup : *listed) names.push_back(backup.name);
    return names;
  }

  // Expects no files of unfinished backups.
  void ExpectNoLeftovers() const {
    EXPECT_FALSE(fs::exists(ledger_.data_dir() + "/backup.tmp"));
    EXPECT_FALSE(fs::exists(options_.directory + "/unfinished.tmp"));
  }

  const TempDir dir_;
  FakeClock clock_{absl::FromUnixSeconds(1'704'067'199)};
  BackupOptions options_;
  StoredLedger ledger_;
};

TEST_F(BackupsTest, BackupIsCompleteAndNamedByTimeAndPosition) {
  const auto backups = Open(ledger_);
  const Backup made = Create(*backups);
  EXPECT_EQ(made.name, "20240101T000000.000Z-50");
  EXPECT_EQ(made.path, options_.directory + "/" + made.name);
  EXPECT_EQ(made.manifest.tail, ledger_.tail());
  const auto checked = CheckBackup(made.path, [](size_t) { return absl::OkStatus(); });
  ASSERT_THAT(checked, IsOk());
  EXPECT_EQ(FormatBackupManifest(*checked), FormatBackupManifest(made.manifest));
  ExpectNoLeftovers();
}

TEST_F(BackupsTest, ContainsEverythingAppendedBefore) {
  const auto backups = Open(ledger_);
  for (int turn = 0; turn < 3; ++turn) {
    ledger_.Append(2);
    EXPECT_EQ(Create(*backups).manifest.tail, ledger_.tail());
  }
}

TEST_F(BackupsTest, DisabledWithoutADirectory) {
  options_.directory.clear();
  const auto backups = Open(ledger_);
  EXPECT_EQ(ReasonOf(backups->Create(Never).status()), "NO_BACKUP_DIRECTORY");
  EXPECT_EQ(ReasonOf(backups->List().status()), "NO_BACKUP_DIRECTORY");
}

TEST_F(BackupsTest, ListsOldestFirstIncludingDamaged) {
  const auto backups = Open(ledger_);
  EXPECT_THAT(Listed(*backups), IsEmpty());
  const Backup first = Create(*backups);
  const Backup second = Create(*backups);
  EXPECT_THAT(Listed(*backups), ElementsAre(first.name, second.name));
  fs::create_directories(options_.directory + "/lost+found");
  fs::resize_file(absl::StrCat(first.path, "/", kBackupManifest), 100);
  const auto listed = backups->List();
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->size(), 2u);
  EXPECT_THAT((*listed)[0].problem, StatusIs(absl::StatusCode::kDataLoss, HasSubstr(first.path)));
  EXPECT_THAT((*listed)[1].problem, IsOk());
}

TEST_F(BackupsTest, KeepsTheNewestOfItsLedgerAndAllOfOtherLedgers) {
  options_.kept = 2;
  const StoredLedger other(dir_.Path("other"));
  const Backup others = Create(*Open(other));
  const auto backups = Open(ledger_);
  Create(*backups);
  const Backup second = Create(*backups);
  const Backup third = Create(*backups);
  EXPECT_THAT(NamesIn(options_.directory), ElementsAre(others.name, second.name, third.name));
  // If the clock goes back, the new backup must not be the one removed.
  clock_.Advance(-absl::Hours(1));
  const Backup fourth = Create(*backups);
  EXPECT_THAT(Listed(*backups), ElementsAre(fourth.name, others.name, third.name));
}

TEST_F(BackupsTest, OneAtATime) {
  const auto backups = Open(ledger_);
  Notification begun;
  Notification resume;
  std::thread first([&] {
    EXPECT_THAT(backups->Create([&] {
      if (!begun.HasBeenNotified()) begun.Notify();
      resume.WaitForNotification();
      return false;
    }),
                IsOk());
  });
  begun.WaitForNotification();
  const auto rejected = backups->Create(Never);
  EXPECT_THAT(rejected, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(rejected.status()), "BACKUP_UNDER_WAY");
  EXPECT_THAT(Listed(*backups), IsEmpty());
  ledger_.Append(1);  // Not blocked by the backup.
  resume.Notify();
  first.join();
  EXPECT_EQ(Listed(*backups).size(), 1u);
}

TEST_F(BackupsTest, CancelledBackupLeavesNothing) {
  const auto backups = Open(ledger_);
  for (const int at : {0, 1, 4}) {
    int polls = 0;
    EXPECT_THAT(backups->Create([&] { return polls++ >= at; }),
                StatusIs(absl::StatusCode::kCancelled));
    ExpectNoLeftovers();
  }
  EXPECT_THAT(Listed(*backups), IsEmpty());
}

TEST_F(BackupsTest, StopCancelsAThrottledBackup) {
  // Slow enough to take hours.
  options_.bytes_per_second = 1;
  const auto backups = Open(ledger_);
  Notification begun;
  std::thread stopper([&] {
    begun.WaitForNotification();
    backups->Stop();
  });
  const auto stopped = backups->Create([&] {
    if (!begun.HasBeenNotified()) begun.Notify();
    return false;
  });
  stopper.join();
  EXPECT_THAT(stopped, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(stopped.status()), "DRAINING");
  ExpectNoLeftovers();
  EXPECT_THAT(Listed(*backups), IsEmpty());
}

TEST_F(BackupsTest, StartRemovesLeftovers) {
  const Backup made = Create(*Open(ledger_));
  fs::copy(made.path, options_.directory + "/unfinished.tmp", fs::copy_options::recursive);
  ASSERT_THAT(ledger_.store().Checkpoint(ledger_.data_dir() + "/backup.tmp"), IsOk());
  const auto backups = Open(ledger_);
  ExpectNoLeftovers();
  EXPECT_THAT(Listed(*backups), ElementsAre(made.name));
}

TEST_F(BackupsTest, DirectoryLockedByAnotherProcessIsUntouched) {
  fs::create_directories(options_.directory + "/unfinished.tmp");
  const auto lock = DirectoryLock::Acquire(options_.directory);
  ASSERT_THAT(lock, IsOk());
  const auto backups = Open(ledger_);
  const auto rejected = backups->Create(Never);
  EXPECT_THAT(rejected,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(options_.directory)));
  EXPECT_EQ(ReasonOf(rejected.status()), "BACKUP_DIRECTORY_IN_USE");
  EXPECT_TRUE(fs::exists(options_.directory + "/unfinished.tmp"));
}

TEST_F(BackupsTest, ErrorNamesTheDirectoryThatCannotBeCreated) {
  options_.directory = ledger_.data_dir() + "/store/CURRENT/backups";
  const auto backups = Open(ledger_);
  EXPECT_THAT(backups->Create(Never),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(options_.directory)));
  ledger_.Append(1);
}

}  // namespace
}  // namespace repatriation
