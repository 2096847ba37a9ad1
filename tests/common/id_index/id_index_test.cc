#include "common/id_index/id_index.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <thread>
#include <unordered_map>

#include "common/id_index/filter_file.h"
#include "tests/common/id_index/id_test_util.h"

namespace repatriation {
namespace {

// Small sizes, so that a few thousand ids rotate, flush and merge many times.
IdIndexOptions SmallOptions(const TempDir& dir) {
  return {.path = dir.path(),
          .filter_bytes = 1 << 20,
          .run_ids = 500,
          .recent_tables = 1,
          .merge_runs = 3};
}

std::unique_ptr<IdIndex> OpenOrDie(const IdIndexOptions& options, Position tail) {
  auto index = IdIndex::Open(options, kLedger, tail);
  EXPECT_TRUE(index.ok()) << index.status();
  return *std::move(index);
}

std::vector<Position> Find(const IdIndex& index, Fingerprint fingerprint) {
  std::vector<Position> positions;
  const absl::Status found = index.Find(fingerprint, positions);
  EXPECT_TRUE(found.ok()) << found;
  return positions;
}

// Saves a filter of the first `through` ids, as the index does.
void SaveFilterOf(const TempDir& dir, const std::vector<Fingerprint>& ids, Position through) {
  IdFilter filter(SmallOptions(dir).filter_bytes);
  FilterMark mark{.through = through};
  for (Position position = 1; position <= through; ++position) {
    const Fingerprint id = ids[static_cast<size_t>(position) - 1];
    filter.Add(id);
    mark.digest += DigestOf({id, position});
  }
  const std::atomic<bool> stop{false};
  ASSERT_TRUE(SaveFilter(dir.path(), kLedger, mark, filter, stop).ok());
}

// Blocks any thread that opens this file for writing (it is a FIFO) until
// released; then writing to it fails.
class Obstacle {
 public:
  explicit Obstacle(std::string path) : path_(std::move(path)) {
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  }
  ~Obstacle() { Release(); }

  // Waits until a thread is blocked, and unblocks it.
  void Release() {
    if (path_.empty()) return;
    const int reader = ::open(path_.c_str(), O_RDONLY);
    EXPECT_GE(reader, 0);
    ::close(reader);
    path_.clear();
  }

 private:
  std::string path_;
};

TEST(IdIndexTest, MatchesAMultimapWhileItWritesAndMerges) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  const TempDir dir;
  const auto index = OpenOrDie(SmallOptions(dir), 0);
  std::unordered_map<Fingerprint, std::vector<Position>> model;
  Position position = 0;
  for (const Fingerprint fingerprint : RandomFingerprints(20'000, seed)) {
    ASSERT_EQ(Find(*index, fingerprint), model[fingerprint]) << "before position " << position + 1;
    ASSERT_TRUE(index->Add(fingerprint).ok());
    model[fingerprint].push_back(++position);
  }
  for (const auto& [fingerprint, positions] : model) {
    ASSERT_EQ(Find(*index, fingerprint), positions) << fingerprint;
  }
}

TEST(IdIndexTest, ResumesAfterItsRunsWhenReopened) {
  const TempDir dir;
  const std::vector<Fingerprint> fingerprints = RandomFingerprints(10'000, 1);
  Position written = 0;
  {
    const auto index = OpenOrDie(SmallOptions(dir), 0);
    for (const Fingerprint fingerprint : fingerprints) ASSERT_TRUE(index->Add(fingerprint).ok());
  }
  const auto index = OpenOrDie(SmallOptions(dir), 10'000);
  written = index->last_position();
  // What was not in a run must be read again from the ledger.
  EXPECT_GT(written, 5'000);
  EXPECT_LT(written, 10'000);
  for (size_t i = written; i < fingerprints.size(); ++i) {
    ASSERT_TRUE(index->Add(fingerprints[i]).ok());
  }
  for (size_t i = 0; i < fingerprints.size(); ++i) {
    const std::vector<Position> found = Find(*index, fingerprints[i]);
    EXPECT_NE(std::find(found.begin(), found.end(), static_cast<Position>(i + 1)), found.end())
        << "position " << i + 1;
  }
}

TEST(IdIndexTest, DeletesRunsBeyondTheLedger) {
  const TempDir dir;
  {
    const auto index = OpenOrDie(SmallOptions(dir), 0);
    for (const Fingerprint fingerprint : RandomFingerprints(10'000, 2)) {
      ASSERT_TRUE(index->Add(fingerprint).ok());
    }
  }
  const auto index = OpenOrDie(SmallOptions(dir), 100);
  EXPECT_EQ(index->last_position(), 0);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(IdIndexTest, DeletesTheFileOfAnUnfinishedMerge) {
  const TempDir dir;
  const std::string temporary = dir.Path("00000000000000000001-00000000000000000500.run.tmp");
  std::ofstream(temporary) << "half a run";
  OpenOrDie(SmallOptions(dir), 0);
  EXPECT_FALSE(std::filesystem::exists(temporary));
}

// Damage in the parts that Open() reads makes it fail; elsewhere a look-up of an id
// of the damaged page fails, and never reports the id as new.
TEST(IdIndexTest, NeverReportsAnIdAsNewBecauseOfDamage) {
  const TempDir dir;
  const std::vector<Fingerprint> ids = RandomFingerprints(500, 3);
  const std::string path = MakeRun(dir.path(), ids, {1, 500})->path();
  const size_t size = std::filesystem::file_size(path);
  ASSERT_EQ(size, 4 * 4096u);
  // Without a filter on disk every page is read.
  for (size_t at = 0; at < size; at += 509) {
    const FlippedByte flipped(path, at);
    EXPECT_EQ(IdIndex::Open(SmallOptions(dir), kLedger, 500).status().code(),
              absl::StatusCode::kDataLoss)
        << "byte " << at;
  }
  SaveFilterOf(dir, ids, 500);
  for (size_t at = 4096; at < size - 4096; at += 509) {
    const FlippedByte flipped(path, at);
    const auto index = OpenOrDie(SmallOptions(dir), 500);
    size_t failed = 0;
    for (const Fingerprint id : ids) {
      std::vector<Position> positions;
      const absl::Status found = index->Find(id, positions);
      EXPECT_TRUE(found.ok() ? !positions.empty() : found.code() == absl::StatusCode::kDataLoss);
      failed += found.ok() ? 0 : 1;
    }
    EXPECT_GE(failed, 245u) << "byte " << at;
  }
  EXPECT_EQ(OpenOrDie(SmallOptions(dir), 500)->last_position(), 500);
}

TEST(IdIndexTest, RejectsTheRunOfAnotherLedger) {
  const TempDir dir;
  {
    const auto index = OpenOrDie(SmallOptions(dir), 0);
    for (const Fingerprint fingerprint : RandomFingerprints(2'000, 4)) {
      ASSERT_TRUE(index->Add(fingerprint).ok());
    }
  }
  const auto opened = IdIndex::Open(SmallOptions(dir), kOtherLedger, 2'000);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << opened.status();
}

// With large runs a merge takes many seconds.
TEST(IdIndexTest, AddsWhileAMergeIsBlocked) {
  const TempDir dir;
  const IdIndexOptions options = SmallOptions(dir);
  const auto index = OpenOrDie(options, 0);
  Obstacle obstacle(dir.Path(RunFileName({1, 1'500}) + ".tmp"));
  const std::vector<Fingerprint> ids = RandomFingerprints(10'000, 15);
  auto adding = std::async(std::launch::async, [&] {
    for (const Fingerprint id : ids) EXPECT_TRUE(index->Add(id).ok());
  });
  EXPECT_EQ(adding.wait_for(std::chrono::seconds(30)), std::future_status::ready)
      << "Add() waits for the merge";
  obstacle.Release();
  adding.wait();
  // The merge is retried, and so are those that waited for it.
  while (!std::filesystem::exists(dir.Path(RunFileName({1, 4'500})))) std::this_thread::yield();
  for (size_t i = 0; i < ids.size(); ++i) {
    const std::vector<Position> found = Find(*index, ids[i]);
    EXPECT_NE(std::find(found.begin(), found.end(), static_cast<Position>(i) + 1), found.end());
  }
}

TEST(IdIndexTest, SavesItsFilterAndStartsFromIt) {
  const TempDir dir;
  IdIndexOptions options = SmallOptions(dir);
  options.filter_save_ids = 2'000;
  const std::vector<Fingerprint> ids = RandomFingerprints(10'000, 16);
  {
    const auto index = OpenOrDie(options, 0);
    for (const Fingerprint id : ids) ASSERT_TRUE(index->Add(id).ok());
    const IdFilter filter(options.filter_bytes);
    Position through = 0;
    while (through < 8'000) {
      const auto file = FilterFile::Open(dir.path(), kLedger, filter);
      if (file.ok()) through = (*file)->mark().through;
      std::this_thread::yield();
    }
  }
  const auto index = OpenOrDie(options, 10'000);
  EXPECT_GE(index->last_position(), 8'000);
  EXPECT_TRUE(std::filesystem::exists(FilterPath(dir.path())));
  for (Position i = 0; i < index->last_position(); ++i) {
    ASSERT_FALSE(Find(*index, ids[static_cast<size_t>(i)]).empty()) << "position " << i + 1;
  }
}

TEST(IdIndexTest, DoesNotSaveItsFilterWhileItIsSmall) {
  const TempDir dir;
  for (const Position tail : {0, 5'000}) {
    const auto index = OpenOrDie(SmallOptions(dir), tail);
    for (const Fingerprint id : RandomFingerprints(5'000, 17)) ASSERT_TRUE(index->Add(id).ok());
  }
  EXPECT_FALSE(std::filesystem::exists(FilterPath(dir.path())));
}

// An older ledger was restored under a newer index.
TEST(IdIndexTest, RejectsAFilterFromBeforeALedgerWasRolledBack) {
  const TempDir dir;
  const std::vector<Fingerprint> before = RandomFingerprints(3'000, 18);
  for (const Position first : {1, 1'001, 2'001}) MakeRun(dir.path(), before, {first, first + 999});
  SaveFilterOf(dir, before, 3'000);
  const std::string stale = ReadWhole(FilterPath(dir.path()));
  std::vector<Fingerprint> after = RandomFingerprints(3'000, 19);
  std::copy_n(before.begin(), 1'700, after.begin());
  {
    const auto index = OpenOrDie(SmallOptions(dir), 1'700);
    EXPECT_EQ(index->last_position(), 1'000);
    EXPECT_FALSE(std::filesystem::exists(FilterPath(dir.path())));
    while (index->last_position() < 3'000) {
      ASSERT_TRUE(index->Add(after[static_cast<size_t>(index->last_position())]).ok());
    }
  }
  // Also if its deletion was lost and the runs are as long again.
  MakeRun(dir.path(), after, {1, 3'000});
  WriteWhole(FilterPath(dir.path()), stale);
  const auto index = OpenOrDie(SmallOptions(dir), 3'000);
  EXPECT_EQ(index->last_position(), 3'000);
  for (const Fingerprint id : after) ASSERT_FALSE(Find(*index, id).empty());
}

TEST(IdIndexTest, UsesItsFilterWhenAMergeLeftItsParts) {
  const TempDir dir;
  const std::vector<Fingerprint> ids = RandomFingerprints(3'000, 20);
  for (const RunRange range :
       {RunRange{1, 1'000}, RunRange{1'001, 2'000}, RunRange{2'001, 3'000}, RunRange{1, 3'000}}) {
    MakeRun(dir.path(), ids, range);
  }
  SaveFilterOf(dir, ids, 2'000);
  const auto index = OpenOrDie(SmallOptions(dir), 3'000);
  EXPECT_TRUE(std::filesystem::exists(FilterPath(dir.path())));
  EXPECT_FALSE(std::filesystem::exists(dir.Path(RunFileName({1'001, 2'000}))));
  for (const Fingerprint id : ids) ASSERT_FALSE(Find(*index, id).empty());
}

TEST(IdIndexTest, KeepsAddingWhenRunsCannotBeMerged) {
  const TempDir dir;
  const std::vector<Fingerprint> ids = RandomFingerprints(5'000, 21);
  const std::string path = MakeRun(dir.path(), ids, {1, 500})->path();
  SaveFilterOf(dir, ids, 500);
  const FlippedByte flipped(path, 4096);
  const auto index = OpenOrDie(SmallOptions(dir), 500);
  while (index->last_position() < 5'000) {
    ASSERT_TRUE(index->Add(ids[static_cast<size_t>(index->last_position())]).ok());
  }
}

TEST(IdIndexTest, AddFailsWhileRunsCannotBeWrittenAndRecovers) {
  const TempDir dir;
  const auto index = OpenOrDie(SmallOptions(dir), 0);
  // Without its directory, writing runs fails, and Add() fails once the maximum
  // number of tables is pending.
  std::filesystem::remove_all(dir.path());
  absl::Status status;
  Position added = 0;
  while (status.ok() && added < 500 * 8) {
    status = index->Add(static_cast<Fingerprint>(added));
    if (status.ok()) ++added;
  }
  ASSERT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_EQ(index->last_position(), added);
  std::filesystem::create_directory(dir.path());
  // The writer retries by itself; then Add() succeeds again.
  while (!index->Add(static_cast<Fingerprint>(added)).ok()) std::this_thread::yield();
  for (Position position = 1; position <= added + 1; ++position) {
    ASSERT_EQ(Find(*index, static_cast<Fingerprint>(position - 1)), std::vector{position});
  }
}

// Fingerprints are stored in runs, so they must never change. The expected value is
// from xxhsum -H3 0.8.1.
TEST(FingerprintTest, IsXxh3) { EXPECT_EQ(FingerprintOf(""), 0x2d06800538d394c2ULL); }

}  // namespace
}  // namespace repatriation
