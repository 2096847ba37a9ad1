// What a store makes of files that were damaged while it was closed: it says
// DATA_LOSS; it never opens with part of what was acknowledged. An incomplete
// record at the very end of the log never was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/storage/store.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

// A record of RocksDB's log and manifest begins with a checksum (4 bytes), the
// length (2) and a type (1):
// https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format
constexpr size_t kLengthOffset = 4;
constexpr size_t kTypeOffset = 6;

class StoreDamageTest : public ::testing::Test {
 protected:
  static constexpr int kRecords = 8;

  // A closed store whose log holds kRecords records, each of one value.
  StoreDamageTest() {
    const auto store = Store::Open(Options(original_)).value();
    for (int i = 0; i < kRecords; ++i) {
      StoreBatch batch;
      batch.Put(0, absl::StrCat("key ", i + 100), std::string(30, static_cast<char>('a' + i)));
      EXPECT_THAT(store->Write(batch, Durability::kSynced), IsOk());
      record_ends_.push_back(std::filesystem::file_size(LogFileOf(original_)));
    }
  }

  static StoreOptions Options(const std::string& path) {
    StoreOptions options;
    options.path = path;
    options.tables = {{"table", TableUse::kSequential}};
    options.cache_bytes = 1 << 20;
    return options;
  }

  // Opening moves the values from the log into a sorted table.
  void MoveIntoTable() { ASSERT_THAT(Store::Open(Options(original_)), IsOk()); }

  // Puts a fresh copy of the store at damaged_.
  void Copy() { CopyDirectory(original_, damaged_); }

  static void Flip(const std::string& file, size_t offset, int mask) {
    std::string bytes = ReadFile(file);
    ASSERT_LT(offset, bytes.size());
    bytes[offset] = static_cast<char>(bytes[offset] ^ mask);
    WriteFile(file, bytes);
  }

  // How many records the store at damaged_ opens with, each as it was
  // written and none out of turn; -1: it refuses to open, or to be read.
  int Surviving() {
    const auto store = Store::Open(Options(damaged_));
    last_status_ = store.status();
    if (!store.ok()) return -1;
    const auto cursor = (*store)->NewCursor(0);
    int count = 0;
    for (cursor->SeekToFirst(); cursor->valid(); cursor->Next(), ++count) {
      EXPECT_EQ(cursor->key(), absl::StrCat("key ", count + 100));
      EXPECT_EQ(cursor->value(), std::string(30, static_cast<char>('a' + count)));
    }
    last_status_ = cursor->status();
    return cursor->status().ok() ? count : -1;
  }

  const TempDir dir_;
  const std::string original_ = dir_.Path("original");
  const std::string damaged_ = dir_.Path("damaged");
  std::vector<size_t> record_ends_;  // of the log's records
  absl::Status last_status_;
};

TEST_F(StoreDamageTest, ACopyOpensWithEverything) {
  Copy();
  EXPECT_EQ(Surviving(), kRecords) << last_status_;
}

TEST_F(StoreDamageTest, DamageInTheMiddleOfTheLogRefusesToOpen) {
  for (size_t offset = 0; offset < record_ends_[kRecords - 2]; ++offset) {
    size_t begin = 0;
    for (const size_t end : record_ends_) {
      if (end <= offset) begin = end;
    }
    // DISABLED_DamagedLengthInTheMiddleOfTheLogRefusesToOpen has those.
    if (offset - begin >= kLengthOffset && offset - begin < kTypeOffset) continue;
    Copy();
    Flip(LogFileOf(damaged_), offset, 0x80);
    EXPECT_EQ(Surviving(), -1) << "byte " << offset - begin << " of the record at " << begin;
    EXPECT_THAT(last_status_, StatusIs(absl::StatusCode::kDataLoss, HasSubstr(damaged_)));
  }
}

// Known gap: a length that reaches beyond the end of the file looks to RocksDB
// as if the log ended there, so it opens without that record and those after
// it. Replicas, which are ahead then, refuse the ledger.
TEST_F(StoreDamageTest, DISABLED_DamagedLengthInTheMiddleOfTheLogRefusesToOpen) {
  for (int record = 0; record < kRecords - 1; ++record) {
    const size_t begin = record == 0 ? 0 : record_ends_[record - 1];
    for (size_t offset = kLengthOffset; offset < kTypeOffset; ++offset) {
      Copy();
      Flip(LogFileOf(damaged_), begin + offset, 0x80);
      EXPECT_EQ(Surviving(), -1) << "expected a refusal, but the store opened with this many of "
                                 << kRecords << " records; byte " << offset << " of record "
                                 << record;
    }
  }
}

TEST_F(StoreDamageTest, ALogThatIsCutShortOpensWithTheWholeRecordsBeforeTheCut) {
  const size_t size = record_ends_.back();
  // Every cut through the last record; of the others one in seven.
  for (size_t cut = 1; cut <= size; cut += size - cut > record_ends_[kRecords - 2] ? 1 : 7) {
    Copy();
    std::filesystem::resize_file(LogFileOf(damaged_), size - cut);
    int whole = 0;
    while (whole < kRecords && record_ends_[whole] <= size - cut) ++whole;
    ASSERT_EQ(Surviving(), whole) << cut << " bytes cut of " << size << "; " << last_status_;
  }
}

TEST_F(StoreDamageTest, AStoreThatLostItsTailGoesOn) {
  Copy();
  std::filesystem::resize_file(LogFileOf(damaged_), record_ends_.back() - 1);
  {
    const auto store = Store::Open(Options(damaged_));
    ASSERT_THAT(store, IsOk());
    StoreBatch batch;
    batch.Put(0, absl::StrCat("key ", kRecords - 1 + 100),
              std::string(30, static_cast<char>('a' + kRecords - 1)));
    ASSERT_THAT((*store)->Write(batch, Durability::kSynced), IsOk());
  }
  EXPECT_EQ(Surviving(), kRecords) << last_status_;
}

TEST_F(StoreDamageTest, ZerosBehindTheLogAreNoDamage) {
  // What a file system leaves that had room set aside, or grew the file
  // before the data came.
  Copy();
  const std::string log = LogFileOf(damaged_);
  WriteFile(log, ReadFile(log) + std::string(100'000, '\0'));
  EXPECT_EQ(Surviving(), kRecords) << last_status_;
}

TEST_F(StoreDamageTest, DamageInASortedTableIsDataLoss) {
  MoveIntoTable();
  Copy();
  ASSERT_EQ(Surviving(), kRecords) << last_status_;
  const size_t size = std::filesystem::file_size(TableFileOf(original_));
  for (size_t offset = 0; offset < size; offset += 5) {
    Copy();
    // Not 0x80: in one byte of the index of meta blocks that ends the process,
    // by an assertion of the packaged RocksDB, which loses nothing either.
    Flip(TableFileOf(damaged_), offset, 0x01);
    const int surviving = Surviving();
    // Not every byte matters (padding), but no value may change or go.
    if (surviving == kRecords) continue;
    ASSERT_EQ(surviving, -1) << "byte " << offset << " of " << size;
    ASSERT_THAT(last_status_, StatusIs(absl::StatusCode::kDataLoss, HasSubstr(damaged_))) << offset;
  }
}

TEST_F(StoreDamageTest, GetFromADamagedTableIsDataLoss) {
  MoveIntoTable();
  Copy();
  Flip(TableFileOf(damaged_), 20, 0x01);
  const auto store = Store::Open(Options(damaged_));
  ASSERT_THAT(store, IsOk());
  EXPECT_THAT((*store)->Get(0, "key 100"), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(StoreDamageTest, AMissingFileRefusesToOpen) {
  MoveIntoTable();
  for (const char* kind : {"CURRENT", "MANIFEST-", ".sst"}) {
    Copy();
    const bool by_end = kind[0] == '.';
    std::filesystem::remove(FileOf(damaged_, by_end ? "" : kind, by_end ? kind : ""));
    EXPECT_EQ(Surviving(), -1) << kind;
  }
}

// RocksDB cannot tell these two from a store that never held more, and removes
// the sorted table that the manifest no longer names. Only a note of the
// ledger's tail outside of it could.
TEST_F(StoreDamageTest, DISABLED_AMissingLogRefusesToOpen) {
  Copy();
  std::filesystem::remove(LogFileOf(damaged_));
  EXPECT_EQ(Surviving(), -1) << "expected a refusal, but the store opened with this many of "
                             << kRecords << " records";
}

TEST_F(StoreDamageTest, DISABLED_AManifestThatIsCutShortRefusesToOpen) {
  MoveIntoTable();
  Copy();
  const std::string manifest = ManifestOf(damaged_);
  std::filesystem::resize_file(manifest, std::filesystem::file_size(manifest) - 1);
  EXPECT_EQ(Surviving(), -1) << "expected a refusal, but the store opened with this many of "
                             << kRecords << " records";
}

}  // namespace
}  // namespace repatriation
