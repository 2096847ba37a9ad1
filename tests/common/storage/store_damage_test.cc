// Opening a store whose files were damaged while it was closed: it returns DATA_LOSS
// and never opens with only part of the acknowledged writes. An incomplete record at
// the very end of the log was not acknowledged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <filesystem>
#include <memory>
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

  // A closed store whose log has kRecords records of one value each.
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

  // Replaces damaged_ by a fresh copy of the store.
  void Copy() { CopyDirectory(original_, damaged_); }

  static void Flip(const std::string& file, size_t offset, int mask) {
    std::string bytes = FileContent(file);
    ASSERT_LT(offset, bytes.size());
    bytes[offset] = static_cast<char>(bytes[offset] ^ mask);
    WriteFile(file, bytes);
  }

  // The number of records, unchanged and in order, with which the store at damaged_
  // opens; -1 if it cannot be opened or read.
  int Surviving(DamagedLog damaged_log = DamagedLog::kRefuse) {
    StoreOptions options = Options(damaged_);
    options.damaged_log = damaged_log;
    const auto store = Store::Open(options);
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

TEST_F(StoreDamageTest, OpensAnUndamagedCopy) {
  Copy();
  EXPECT_EQ(Surviving(), kRecords) << last_status_;
}

TEST_F(StoreDamageTest, RejectsDamageInTheMiddleOfTheLog) {
  for (size_t offset = 0; offset < record_ends_[kRecords - 2]; ++offset) {
    size_t begin = 0;
    for (const size_t end : record_ends_) {
      if (end <= offset) begin = end;
    }
    // RocksDB may take a damaged length for the end of the log; see
    // ledger_damage_test.cc.
    if (offset - begin >= kLengthOffset && offset - begin < kTypeOffset) continue;
    Copy();
    Flip(LogFileOf(damaged_), offset, 0x80);
    EXPECT_EQ(Surviving(), -1) << "byte " << offset - begin << " of the record at " << begin;
    EXPECT_THAT(last_status_, StatusIs(absl::StatusCode::kDataLoss, HasSubstr(damaged_)));
  }
}

// A power loss can leave this if nothing was synced: the older log is truncated, the
// newer one is complete.
TEST_F(StoreDamageTest, RecoversThePrefixBeforeDamageInTheFirstOfTwoLogs) {
  for (const size_t cut : {size_t{0}, size_t{1}, size_t{20}}) {
    Copy();
    const std::string log = LogFileOf(damaged_);
    const std::string bytes = FileContent(log);
    // The records do not cross 32 KiB, so they can be moved to the start of a log.
    WriteFile(damaged_ + "/009999.log", bytes.substr(record_ends_[3]));
    WriteFile(log, bytes.substr(0, record_ends_[3] - cut));
    EXPECT_EQ(Surviving(DamagedLog::kRecoverPrefix), cut == 0 ? kRecords : 3) << cut;
  }
}

// The state after two crashes: the log is torn, and the start after that had flushed
// only this table.
TEST_F(StoreDamageTest, KeepsATableThatIsAheadOfATornLog) {
  Copy();
  {
    rocksdb::DB* raw = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> tables;
    ASSERT_TRUE(rocksdb::DB::Open(rocksdb::DBOptions(), damaged_, {{"default", {}}, {"table", {}}},
                                  &tables, &raw)
                    .ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    ASSERT_TRUE(db->Delete({}, tables[1], "none").ok());
    ASSERT_TRUE(db->Put({}, tables[0], "torn", "torn").ok());
    ASSERT_TRUE(db->Flush({}, tables[1]).ok());
    for (auto* table : tables) ASSERT_TRUE(db->DestroyColumnFamilyHandle(table).ok());
  }
  const std::string log = LogFileOf(damaged_);
  std::filesystem::resize_file(log, std::filesystem::file_size(log) - 1);
  EXPECT_EQ(Surviving(DamagedLog::kRecoverPrefix), kRecords) << last_status_;
}

TEST_F(StoreDamageTest, RecoversThePrefixBeforeADamagedRecord) {
  Copy();
  Flip(LogFileOf(damaged_), record_ends_[3] + 20, 0x80);
  EXPECT_EQ(Surviving(DamagedLog::kRecoverPrefix), 4) << last_status_;
}

TEST_F(StoreDamageTest, ATruncatedLogOpensWithItsCompleteRecords) {
  const size_t size = record_ends_.back();
  // Every truncation of the last record, and one in seven of the others.
  for (size_t cut = 1; cut <= size; cut += size - cut > record_ends_[kRecords - 2] ? 1 : 7) {
    Copy();
    std::filesystem::resize_file(LogFileOf(damaged_), size - cut);
    int whole = 0;
    while (whole < kRecords && record_ends_[whole] <= size - cut) ++whole;
    ASSERT_EQ(Surviving(), whole) << cut << " bytes cut of " << size << "; " << last_status_;
  }
}

TEST_F(StoreDamageTest, AStoreWithATruncatedLogAcceptsWrites) {
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

TEST_F(StoreDamageTest, AcceptsZerosAfterTheLog) {
  // A file system leaves them if it preallocated space, or extended the file before it
  // wrote the data.
  Copy();
  const std::string log = LogFileOf(damaged_);
  WriteFile(log, FileContent(log) + std::string(100'000, '\0'));
  EXPECT_EQ(Surviving(), kRecords) << last_status_;
}

TEST_F(StoreDamageTest, DamageInASortedTableIsDataLoss) {
  MoveIntoTable();
  Copy();
  ASSERT_EQ(Surviving(), kRecords) << last_status_;
  const size_t size = std::filesystem::file_size(TableFileOf(original_));
  // The end of the properties is in the last 200 bytes: there every byte is damaged, in
  // the bit that would make RocksDB abort (see table_check.h).
  for (size_t offset = 0; offset < size; offset += offset + 200 < size ? 5 : 1) {
    Copy();
    Flip(TableFileOf(damaged_), offset, offset + 200 < size ? 0x01 : 0x80);
    const int surviving = Surviving();
    // Not every byte matters (padding), but no value may change or get lost.
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

TEST_F(StoreDamageTest, RejectsAMissingFile) {
  MoveIntoTable();
  for (const char* kind : {"CURRENT", "MANIFEST-", ".sst"}) {
    Copy();
    const bool is_suffix = kind[0] == '.';
    std::filesystem::remove(FileOf(damaged_, is_suffix ? "" : kind, is_suffix ? kind : ""));
    EXPECT_EQ(Surviving(), -1) << kind;
  }
}

}  // namespace
}  // namespace repatriation
