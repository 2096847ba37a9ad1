#include "common/id_index/id_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/crypto/sha256.h"
#include "common/id_index/id_merge.h"
#include "tests/common/id_index/id_test_util.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

constexpr size_t kPage = 4096;

// Golden bytes: later builds must be able to read the run.
TEST(IdRunTest, WritesTheGoldenBytes) {
  const TempDir dir;
  const auto run = MakeRun(dir.path(), {0, 0, 0x0102030405060708, 1}, {3, 4});
  const std::string bytes = ReadWhole(run->path());
  ASSERT_EQ(bytes.size(), 3 * kPage);
  const std::string header(
      "RLI2\0\0\0\0"
      "0123456789abcdef"
      "\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0",
      48);
  EXPECT_EQ(bytes.substr(0, header.size()), header);
  const std::string records(
      "\x01\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0"
      "\x08\x07\x06\x05\x04\x03\x02\x01\x03\0\0\0\0\0\0\0\0",
      33);
  EXPECT_EQ(bytes.substr(kPage, records.size()), records);
  EXPECT_EQ(bytes.substr(2 * kPage - 16, 8), std::string("\x02\0\0\0\x01\0\0\0", 8));
  EXPECT_EQ(bytes.substr(2 * kPage, 9), std::string("\x01\0\0\0\0\0\0\0\0", 9));
  EXPECT_EQ(bytes.substr(3 * kPage - 16, 8), std::string("\x01\0\0\0\x02\0\0\0", 8));
  // Including digest and checksums, whose values were computed by this code.
  EXPECT_EQ(Sha256Hex(bytes), "c2f59936654d16878d16017a3c4696f6d64713ed6d0a6dad7a859131a23770f4");
}

TEST(IdRunTest, FindsEveryRecordAndNothingElse) {
  const TempDir dir;
  for (const Position count : {1, 254, 255, 256, 510, 5'000}) {
    SCOPED_TRACE(count);
    const std::vector<Fingerprint> fingerprints =
        RandomFingerprints(static_cast<size_t>(count), static_cast<uint64_t>(count));
    const auto run = MakeRun(dir.path(), fingerprints, {1, count});
    for (Position position = 1; position <= count; ++position) {
      const Fingerprint fingerprint = fingerprints[static_cast<size_t>(position) - 1];
      std::vector<Position> expected;
      for (size_t i = 0; i < fingerprints.size(); ++i) {
        if (fingerprints[i] == fingerprint) expected.push_back(static_cast<Position>(i) + 1);
      }
      std::vector<Position> found;
      ASSERT_TRUE(run->Find(fingerprint, found).ok());
      ASSERT_EQ(found, expected);
    }
    std::vector<Position> found;
    for (const Fingerprint absent : {Fingerprint{12345}, ~Fingerprint{0}}) {
      ASSERT_TRUE(run->Find(absent, found).ok());
      ASSERT_TRUE(found.empty());
    }
  }
}

// More than one page of fences, so more than 510 pages of records.
TEST(IdRunTest, ScansARangeOfPages) {
  const TempDir dir;
  const Position count = 255 * 700 + 1;
  const std::vector<Fingerprint> fingerprints = RandomFingerprints(static_cast<size_t>(count), 7);
  const auto run = MakeRun(dir.path(), fingerprints, {1, count});
  ASSERT_EQ(run->pages(), 701u);
  RunScanner scanner(run.get(), 3, 701);
  size_t records = 0;
  IdRecord last{0, 0};
  for (auto page = scanner.NextPage(); !page.value().empty(); page = scanner.NextPage()) {
    records += page->size();
    ASSERT_LT(last, page->front());
    last = page->back();
  }
  EXPECT_EQ(records, static_cast<size_t>(count) - 2 * 255);
  EXPECT_TRUE(RunScanner(run.get(), 2, 1).NextPage()->empty());
}

// Every byte of a run is covered by a checksum: damage is detected when it is read,
// and never makes an id look new.
TEST(IdRunTest, DetectsDamageWhereItReads) {
  const TempDir dir;
  const RunRange range{1, 1'000};
  const std::vector<Fingerprint> fingerprints = RandomFingerprints(1'000, 3);
  const std::string path = MakeRun(dir.path(), fingerprints, range)->path();
  const size_t size = std::filesystem::file_size(path);
  ASSERT_EQ(size, 6 * kPage);
  for (size_t at = 0; at < size; at += 61) {
    const FlippedByte flipped(path, at);
    const size_t page = at / kPage;
    const auto run = Run::Open(path, kLedger, range);
    if (page == 0 || page == 5) {
      ASSERT_EQ(run.status().code(), absl::StatusCode::kDataLoss) << "byte " << at;
      continue;
    }
    ASSERT_TRUE(run.ok()) << "byte " << at << ": " << run.status();
    std::vector<Position> found;
    const absl::Status status = (*run)->Find((*run)->fences()[page - 1] + 1, found);
    ASSERT_EQ(status.code(), absl::StatusCode::kDataLoss) << "byte " << at;
    ASSERT_THAT(std::string(status.message()),
                HasSubstr(absl::StrCat(path, " is damaged at page ", page)));
  }
  EXPECT_TRUE(Run::Open(path, kLedger, range).ok());
}

TEST(IdRunTest, RejectsAnotherSizeNameOrLedger) {
  const TempDir dir;
  const RunRange range{1, 600};
  const std::string path = MakeRun(dir.path(), RandomFingerprints(600, 4), range)->path();
  const auto code = [&](const LedgerId& ledger, RunRange as) {
    return Run::Open(path, ledger, as).status().code();
  };
  EXPECT_EQ(code(kOtherLedger, range), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(kLedger, {1, 599}), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(kLedger, {2, 601}), absl::StatusCode::kDataLoss);
  const size_t size = std::filesystem::file_size(path);
  for (const size_t other : {size_t{0}, size_t{100}, kPage, size - kPage, size - 1, size + kPage}) {
    std::filesystem::resize_file(path, other);
    EXPECT_EQ(code(kLedger, range), absl::StatusCode::kDataLoss) << other << " bytes";
  }
  std::filesystem::remove(path);
  EXPECT_EQ(code(kLedger, range), absl::StatusCode::kUnavailable);
}

// The checksum of a misplaced page is valid.
TEST(IdRunTest, DetectsAMisplacedPage) {
  const TempDir dir;
  const RunRange range{1, 1'000};
  const std::string path = MakeRun(dir.path(), RandomFingerprints(1'000, 5), range)->path();
  std::string bytes = ReadWhole(path);
  std::copy_n(bytes.begin() + kPage, kPage, bytes.begin() + 2 * kPage);
  WriteWhole(path, bytes);
  const auto run = Run::Open(path, kLedger, range).value();
  std::vector<RecordPage> pages(run->pages());
  EXPECT_EQ(run->ReadPages(1, absl::MakeSpan(pages)).code(), absl::StatusCode::kDataLoss);
}

TEST(RunWriterTest, RemovesItsFileUnlessFinished) {
  const TempDir dir;
  {
    const auto writer = RunWriter::Create(dir.path(), kLedger, {1, 10}).value();
    EXPECT_TRUE(writer->Add({1, 1}).ok());
    EXPECT_FALSE(std::filesystem::is_empty(dir.path()));
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(IdMergeTest, MergesInOrderOfFingerprintThenPosition) {
  const TempDir dir;
  const std::vector<Fingerprint> fingerprints = RandomFingerprints(3'000, 6);
  for (const Position parts : {1, 2, 3, 5, 8}) {
    SCOPED_TRACE(parts);
    Runs runs;
    for (Position i = 0; i < parts; ++i) {
      runs.push_back(
          MakeRun(dir.path(), fingerprints, {3'000 * i / parts + 1, 3'000 * (i + 1) / parts}));
    }
    const std::atomic<bool> stop{false};
    const auto merged = MergeRuns(dir.path(), kLedger, runs, stop).value();
    const std::string bytes = ReadWhole(merged->path());
    EXPECT_EQ(bytes, ReadWhole(MakeRun(dir.path(), fingerprints, {1, 3'000})->path()));
    std::filesystem::remove(merged->path());
  }
}

TEST(IdMergeTest, RemovesItsFileWhenStoppedOrOnDamage) {
  const TempDir dir;
  const std::vector<Fingerprint> fingerprints = RandomFingerprints(2'000, 8);
  const Runs parts = {MakeRun(dir.path(), fingerprints, {1, 1'000}),
                      MakeRun(dir.path(), fingerprints, {1'001, 2'000})};
  const std::atomic<bool> stopped{true};
  EXPECT_EQ(MergeRuns(dir.path(), kLedger, parts, stopped).status().code(),
            absl::StatusCode::kCancelled);
  const std::atomic<bool> not_stopped{false};
  for (const size_t page : {1, 2, 4}) {
    const FlippedByte flipped(parts[1]->path(), page * kPage + 100);
    const absl::Status merged = MergeRuns(dir.path(), kLedger, parts, not_stopped).status();
    EXPECT_EQ(merged.code(), absl::StatusCode::kDataLoss) << merged;
    EXPECT_THAT(std::string(merged.message()),
                HasSubstr(absl::StrCat(parts[1]->path(), " is damaged at page ", page)));
  }
  std::ptrdiff_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(dir.path())) {
    files += file.exists() ? 1 : 0;
  }
  EXPECT_EQ(files, 2);
}

TEST(RunFileNameTest, ParsesOnlyItsOwnFormat) {
  RunRange range;
  EXPECT_TRUE(ParseRunFileName(RunFileName({1, 500}), range));
  EXPECT_EQ(range.first, 1);
  EXPECT_EQ(range.last, 500);
  for (const char* name : {"", "filter", "1-2.run", "00000000000000000002-00000000000000000001.run",
                           "00000000000000000001-00000000000000000002.run.tmp"}) {
    EXPECT_FALSE(ParseRunFileName(name, range)) << name;
  }
}

// Stored in runs and in the filter's file, so it must never change.
TEST(IdDigestTest, IsStable) {
  EXPECT_EQ(DigestOf({0x0102030405060708, 3}), 1109610825310225057ULL);
}

}  // namespace
}  // namespace repatriation
