#include "common/id_index/id_index.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

const LedgerId kLedger = LedgerId::FromBytes("0123456789abcdef");

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

// Fingerprints of few values, so that many collide, beside those that do not.
std::vector<Fingerprint> RandomFingerprints(size_t count, uint32_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Fingerprint> fingerprints;
  for (size_t i = 0; i < count; ++i) {
    fingerprints.push_back(random() % 4 == 0 ? random() % 100 : random());
  }
  return fingerprints;
}

TEST(IdIndexTest, AnswersAsAMultimapDoesWhileItWritesAndMerges) {
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

TEST(IdIndexTest, GoesOnAfterItsRunsWhenOpenedAgain) {
  const TempDir dir;
  const std::vector<Fingerprint> fingerprints = RandomFingerprints(10'000, 1);
  Position written = 0;
  {
    const auto index = OpenOrDie(SmallOptions(dir), 0);
    for (const Fingerprint fingerprint : fingerprints) ASSERT_TRUE(index->Add(fingerprint).ok());
  }
  const auto index = OpenOrDie(SmallOptions(dir), 10'000);
  written = index->last_position();
  // What was not in a run is for the ledger to give again.
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

TEST(IdIndexTest, DropsRunsBeyondTheLedger) {
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

TEST(IdIndexTest, RemovesWhatAnUnfinishedMergeLeft) {
  const TempDir dir;
  const std::string temporary = dir.Path("00000000000000000001-00000000000000000500.run.tmp");
  std::ofstream(temporary) << "half a run";
  OpenOrDie(SmallOptions(dir), 0);
  EXPECT_FALSE(std::filesystem::exists(temporary));
}

// Every byte of a run is covered by a checksum: a flipped one is never taken
// for "this id is new".
TEST(IdIndexTest, RefusesADamagedRun) {
  const TempDir dir;
  {
    const auto index = OpenOrDie(SmallOptions(dir), 0);
    for (const Fingerprint fingerprint : RandomFingerprints(3'000, 3)) {
      ASSERT_TRUE(index->Add(fingerprint).ok());
    }
  }
  std::filesystem::path run;
  for (const auto& file : std::filesystem::directory_iterator(dir.path())) run = file.path();
  ASSERT_FALSE(run.empty());
  const auto size = std::filesystem::file_size(run);
  for (std::uintmax_t at = 0; at < size; at += 509) {
    std::fstream file(run, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get());
    const auto put = [&](char value) {
      file.seekp(static_cast<std::streamoff>(at));
      file.put(value);
      file.flush();
    };
    put(static_cast<char>(byte ^ 0x10));
    const auto opened = IdIndex::Open(SmallOptions(dir), kLedger, 3'000);
    ASSERT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << "byte " << at;
    put(byte);
  }
  EXPECT_TRUE(IdIndex::Open(SmallOptions(dir), kLedger, 3'000).ok());
}

TEST(IdIndexTest, RefusesTheRunOfAnotherLedger) {
  const TempDir dir;
  {
    const auto index = OpenOrDie(SmallOptions(dir), 0);
    for (const Fingerprint fingerprint : RandomFingerprints(2'000, 4)) {
      ASSERT_TRUE(index->Add(fingerprint).ok());
    }
  }
  const auto opened =
      IdIndex::Open(SmallOptions(dir), LedgerId::FromBytes("another ledger !"), 2'000);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss) << opened.status();
}

TEST(IdIndexTest, SaysSoWhenItCannotWriteAndGoesOnWhenItCan) {
  const TempDir dir;
  const auto index = OpenOrDie(SmallOptions(dir), 0);
  // Its directory is gone, so runs fail, and Add() says so once no more tables
  // may wait for the writer.
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
  // The writer tries again by itself; Add() takes ids as soon as it has.
  while (!index->Add(static_cast<Fingerprint>(added)).ok()) std::this_thread::yield();
  for (Position position = 1; position <= added + 1; ++position) {
    ASSERT_EQ(Find(*index, static_cast<Fingerprint>(position - 1)), std::vector{position});
  }
}

TEST(IdFilterTest, NeverForgetsAndSeldomErrs) {
  IdFilter filter(1 << 20);
  std::mt19937_64 random(5);
  std::vector<Fingerprint> added;
  // 21 bits an id, as the default is at 100 million.
  for (int i = 0; i < 400'000; ++i) added.push_back(random());
  for (const Fingerprint fingerprint : added) filter.Add(fingerprint);
  for (const Fingerprint fingerprint : added) ASSERT_TRUE(filter.MayHold(fingerprint));
  int wrong = 0;
  for (int i = 0; i < 1'000'000; ++i) wrong += filter.MayHold(random()) ? 1 : 0;
  EXPECT_LT(wrong, 1'000);
}

// Runs are read by later builds: the fingerprint of an id must never change.
// Expected values from xxhsum -H3 0.8.1.
TEST(FingerprintTest, IsXxh3) { EXPECT_EQ(FingerprintOf(""), 0x2d06800538d394c2ULL); }

TEST(RunFileNameTest, ReadsBackOnlyWhatItWrites) {
  RunRange range;
  EXPECT_TRUE(ParseRunFileName(RunFileName({1, 500}), range));
  EXPECT_EQ(range.first, 1);
  EXPECT_EQ(range.last, 500);
  for (const char* name : {"", "1-2.run", "00000000000000000002-00000000000000000001.run",
                           "00000000000000000001-00000000000000000002.run.tmp"}) {
    EXPECT_FALSE(ParseRunFileName(name, range)) << name;
  }
}

}  // namespace
}  // namespace repatriation
