#include "ingest_service/core/checkpoint_issuer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/base/errors.h"
#include "common/proof/checkpoint.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/fake_clock.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"
#include "tests/ingest_service/core/fake_ledger_log.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kDay = absl::Hours(24);

class CheckpointIssuerTest : public ::testing::Test {
 protected:
  void AppendBlock() {
    const std::vector<LedgerEntry> entries = random_.NextEntries(5);
    const std::string bytes = BuildBlock(log_.id(), log_.tail(), 1'000'000, entries);
    ASSERT_THAT(log_.Append(*Block::Parse(bytes)), IsOk());
  }

  std::unique_ptr<CheckpointIssuer> MakeIssuer() {
    return std::make_unique<CheckpointIssuer>(
        &log_, &clock_, key_, CheckpointOptions{.directory = directory_, .interval = kDay});
  }

  Checkpoint Opened(const std::string& note) const {
    const auto opened = OpenCheckpoint(note, key_.public_key());
    EXPECT_THAT(opened, IsOk());
    return opened.value_or(Checkpoint());
  }
  // The checkpoints written so far, in order.
  std::vector<Checkpoint> Written() const {
    std::vector<Checkpoint> written;
    for (const std::string& path : FilesOf(directory_, "", ".checkpoint")) {
      written.push_back(Opened(FileContent(path)));
    }
    return written;
  }

  RandomEntries random_{7};
  const Ed25519PrivateKey key_ = Ed25519PrivateKey::FromSeed(std::string(32, 'k'));
  FakeLedgerLog log_;
  FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  const TempDir dir_;
  const std::string directory_ = dir_.Path("deep/checkpoints");
};

TEST_F(CheckpointIssuerTest, SignsTheTail) {
  AppendBlock();
  AppendBlock();
  const auto issuer = MakeIssuer();
  const auto response = issuer->Sign();
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->position(), 10);
  EXPECT_EQ(Opened(response->note()), (Checkpoint{log_.id(), log_.tail(), clock_.Now()}));
}

TEST_F(CheckpointIssuerTest, ErrorSaysWhyItCannotSign) {
  EXPECT_EQ(ReasonOf(MakeIssuer()->Sign().status()), "LEDGER_EMPTY");
  AppendBlock();
  const CheckpointIssuer without_key(&log_, &clock_, absl::nullopt, {.directory = directory_});
  EXPECT_EQ(ReasonOf(without_key.Sign().status()), "NO_CHECKPOINT_KEY");
}

TEST_F(CheckpointIssuerTest, WritesOneADay) {
  AppendBlock();
  const auto issuer = MakeIssuer();
  EXPECT_EQ(issuer->IssueIfDue().value(), kDay);
  ASSERT_EQ(Written().size(), 1u);
  EXPECT_EQ(Written()[0], (Checkpoint{log_.id(), log_.tail(), clock_.Now()}));
  AppendBlock();
  clock_.Advance(absl::Hours(23));
  EXPECT_EQ(issuer->IssueIfDue().value(), absl::Hours(1));
  EXPECT_EQ(Written().size(), 1u);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(issuer->IssueIfDue().value(), kDay);
  ASSERT_EQ(Written().size(), 2u);
  EXPECT_EQ(Written()[1], (Checkpoint{log_.id(), log_.tail(), clock_.Now()}));
  EXPECT_TRUE(FilesOf(directory_, "", ".tmp").empty());
}

TEST_F(CheckpointIssuerTest, AfterAStartTheIntervalCountsFromTheLastFile) {
  AppendBlock();
  ASSERT_THAT(MakeIssuer()->IssueIfDue(), IsOk());
  AppendBlock();
  clock_.Advance(absl::Hours(20));
  const auto issuer = MakeIssuer();
  EXPECT_EQ(issuer->IssueIfDue().value(), absl::Hours(4));
  EXPECT_EQ(Written().size(), 1u);
  clock_.Advance(absl::Hours(100));
  EXPECT_THAT(MakeIssuer()->IssueIfDue(), IsOk());
  EXPECT_EQ(Written().size(), 2u);
}

TEST_F(CheckpointIssuerTest, KeepsTheEarlierCheckpointOfAPosition) {
  AppendBlock();
  const auto issuer = MakeIssuer();
  ASSERT_THAT(issuer->IssueIfDue(), IsOk());
  const absl::Time first = clock_.Now();
  clock_.Advance(kDay);
  EXPECT_EQ(issuer->IssueIfDue().value(), kDay);
  ASSERT_EQ(Written().size(), 1u);
  EXPECT_EQ(Written()[0].issued, first);
}

TEST_F(CheckpointIssuerTest, WaitsForTheFirstEntry) {
  const auto issuer = MakeIssuer();
  EXPECT_LE(issuer->IssueIfDue().value(), absl::Minutes(1));
  EXPECT_TRUE(Written().empty());
  AppendBlock();
  EXPECT_EQ(issuer->IssueIfDue().value(), kDay);
  EXPECT_EQ(Written().size(), 1u);
}

TEST_F(CheckpointIssuerTest, ClockSetBackDoesNotDelayTheNext) {
  AppendBlock();
  const auto issuer = MakeIssuer();
  ASSERT_THAT(issuer->IssueIfDue(), IsOk());
  clock_.Advance(-absl::Hours(10'000));
  EXPECT_EQ(issuer->IssueIfDue().value(), kDay);
}

TEST_F(CheckpointIssuerTest, IssuesIfTheLastFileIsNotSignedWithThisKey) {
  AppendBlock();
  const auto issuer = MakeIssuer();
  ASSERT_THAT(issuer->IssueIfDue(), IsOk());
  WriteFile(FileOf(directory_, "", ".checkpoint"), "damaged");
  AppendBlock();
  EXPECT_THAT(MakeIssuer()->IssueIfDue(), IsOk());
  EXPECT_EQ(FilesOf(directory_, "", ".checkpoint").size(), 2u);
}

TEST_F(CheckpointIssuerTest, ReportsAWriteErrorAndRetries) {
  AppendBlock();
  std::filesystem::create_directories(dir_.Path("deep"));
  WriteFile(directory_, "not a directory");
  const auto issuer = MakeIssuer();
  EXPECT_THAT(issuer->IssueIfDue(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(directory_)));
  std::filesystem::remove(directory_);
  EXPECT_THAT(issuer->IssueIfDue(), IsOk());
  EXPECT_EQ(Written().size(), 1u);
}

TEST_F(CheckpointIssuerTest, StopJoinsTheThreadWithoutWaitingForTheNext) {
  AppendBlock();
  const auto issuer = MakeIssuer();
  issuer->Start();
  issuer->Stop();
  issuer->Stop();
  const CheckpointIssuer never_started(&log_, &clock_, key_, {.directory = directory_});
}

}  // namespace
}  // namespace repatriation
