#include "common/id_index/filter_restore.h"

#include <gtest/gtest.h>

#include "common/id_index/filter_file.h"
#include "tests/common/id_index/id_test_util.h"

namespace repatriation {
namespace {

constexpr size_t kRestoredFilterBytes = 32 << 10;
const std::atomic<bool> kNeverStopped{false};

IdDigest DigestOfAll(const std::vector<Fingerprint>& fingerprints, Position through) {
  IdDigest digest = 0;
  for (Position position = 1; position <= through; ++position) {
    digest += DigestOf({fingerprints[static_cast<size_t>(position) - 1], position});
  }
  return digest;
}

// A ledger of 3,000 ids in runs, and the file of its filter.
class FilterRestoreTest : public testing::Test {
 protected:
  // Saves a filter as the index does, with exactly the ids up to `through`.
  void Save(const std::vector<Fingerprint>& fingerprints, Position through) {
    IdFilter filter(kRestoredFilterBytes);
    for (Position i = 0; i < through; ++i) filter.Add(fingerprints[static_cast<size_t>(i)]);
    const FilterMark mark{.through = through, .digest = DigestOfAll(fingerprints, through)};
    ASSERT_TRUE(SaveFilter(dir_.path(), kLedger, mark, filter, kNeverStopped).ok());
  }
  Runs MakeRuns(const std::vector<Position>& ends) {
    Runs runs;
    Position first = 1;
    for (const Position end : ends) {
      runs.push_back(MakeRun(dir_.path(), ids_, {first, end}));
      first = end + 1;
    }
    return runs;
  }
  // Restores, and checks that the filter contains every id of the runs.
  Position Restore(const Runs& runs, size_t filter_bytes = kRestoredFilterBytes) {
    IdFilter filter(filter_bytes);
    const auto restored = RestoreFilter(dir_.path(), kLedger, runs, filter);
    EXPECT_TRUE(restored.ok()) << restored.status();
    const Position last = runs.empty() ? 0 : runs.back()->range().last;
    for (Position i = 0; i < last; ++i) {
      EXPECT_TRUE(filter.MayContain(ids_[static_cast<size_t>(i)])) << "position " << i + 1;
    }
    return restored.value_or(-1);
  }
  bool HasFile() const { return std::filesystem::exists(FilterPath(dir_.path())); }

  const TempDir dir_;
  const std::vector<Fingerprint> ids_ = RandomFingerprints(3'000, 12);
};

TEST_F(FilterRestoreTest, ReadsTheRunsWithoutAFile) {
  EXPECT_EQ(Restore(MakeRuns({1'000, 2'000, 3'000})), 0);
  EXPECT_EQ(Restore({}), 0);
}

TEST_F(FilterRestoreTest, ReadsOnlyTheRunsAfterTheFile) {
  const Runs runs = MakeRuns({1'000, 2'000, 3'000});
  Save(ids_, 2'000);
  {
    // This run is not read, so the damage is not detected here; a look-up will.
    const FlippedByte flipped(runs[1]->path(), 4096 + 10);
    EXPECT_EQ(Restore(runs), 2'000);
  }
  const FlippedByte flipped(runs[2]->path(), 4096 + 10);
  IdFilter filter(kRestoredFilterBytes);
  EXPECT_EQ(RestoreFilter(dir_.path(), kLedger, runs, filter).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(FilterRestoreTest, UsesAFileThatCoversAllRuns) {
  Save(ids_, 3'000);
  EXPECT_EQ(Restore(MakeRuns({1'000, 2'000, 3'000})), 3'000);
}

// A crash after a merge and before the filter was saved again.
TEST_F(FilterRestoreTest, UsesAFileThatEndsWithinARun) {
  const Runs runs = MakeRuns({1'000, 3'000});
  Save(ids_, 2'000);
  EXPECT_EQ(Restore(runs), 2'000);
  Save(ids_, 500);
  EXPECT_EQ(Restore(runs), 500);
}

// Runs were deleted because they ended after the ledger's tail.
TEST_F(FilterRestoreTest, DeletesAFileThatEndsAfterTheRuns) {
  Save(ids_, 2'000);
  EXPECT_EQ(Restore(MakeRuns({1'000})), 0);
  EXPECT_FALSE(HasFile());
  Save(ids_, 2'000);
  EXPECT_EQ(Restore({}), 0);
  EXPECT_FALSE(HasFile());
}

// A ledger was rolled back and continued with other ids, and the old file
// reappeared: it would report the recorded ids as new.
TEST_F(FilterRestoreTest, DeletesAFileOfOtherIds) {
  std::vector<Fingerprint> others = ids_;
  others[1'500] += uint64_t{1} << 40;
  for (const std::vector<Position>& ends :
       {std::vector<Position>{1'000, 2'000, 3'000}, std::vector<Position>{1'000, 3'000}}) {
    const Runs runs = MakeRuns(ends);
    Save(others, 2'000);
    EXPECT_EQ(Restore(runs), 0);
    EXPECT_FALSE(HasFile());
    // Up to there both have the same ids.
    Save(others, 1'500);
    EXPECT_EQ(Restore(runs), 1'500);
  }
}

// The same ids at other positions are not the same ledger.
TEST_F(FilterRestoreTest, DeletesAFileOfOtherPositions) {
  std::vector<Fingerprint> others = ids_;
  std::swap(others[3], others[1'999]);
  Save(others, 2'000);
  EXPECT_EQ(Restore(MakeRuns({1'000, 2'000})), 0);
  EXPECT_FALSE(HasFile());
}

TEST_F(FilterRestoreTest, DeletesADamagedFile) {
  const Runs runs = MakeRuns({1'000, 2'000, 3'000});
  for (const size_t at : {0, 30, 50, 56, 20'000}) {
    Save(ids_, 2'000);
    std::string bytes = ReadWhole(FilterPath(dir_.path()));
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    WriteWhole(FilterPath(dir_.path()), bytes);
    EXPECT_EQ(Restore(runs), 0) << "byte " << at;
    EXPECT_FALSE(HasFile());
  }
}

TEST_F(FilterRestoreTest, DeletesAFileOfAnotherSize) {
  const Runs runs = MakeRuns({1'000, 2'000, 3'000});
  Save(ids_, 2'000);
  EXPECT_EQ(Restore(runs, 2 * kRestoredFilterBytes), 0);
  EXPECT_FALSE(HasFile());
}

TEST_F(FilterRestoreTest, ReadsALargeRunWithSeveralThreads) {
  const TempDir dir;
  const std::vector<Fingerprint> ids = RandomFingerprints(1'100'000, 13);
  const Runs runs = {MakeRun(dir.path(), ids, {1, 1'050'000}),
                     MakeRun(dir.path(), ids, {1'050'001, 1'100'000})};
  IdFilter filter(4 << 20);
  EXPECT_EQ(RestoreFilter(dir.path(), kLedger, runs, filter).value(), 0);
  for (const Fingerprint id : ids) ASSERT_TRUE(filter.MayContain(id));
  // The digest of a part of a run is summed up over all threads.
  const FilterMark mark{.through = 40'000, .digest = DigestOfAll(ids, 40'000)};
  ASSERT_TRUE(SaveFilter(dir.path(), kLedger, mark, filter, kNeverStopped).ok());
  IdFilter again(4 << 20);
  EXPECT_EQ(RestoreFilter(dir.path(), kLedger, runs, again).value(), 40'000);
  for (const Fingerprint id : ids) ASSERT_TRUE(again.MayContain(id));
}

}  // namespace
}  // namespace repatriation
