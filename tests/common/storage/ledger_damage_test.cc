// Opening a ledger whose files were damaged while it was closed: either everything
// acknowledged is there, or opening fails, naming the position and leaving all files
// unchanged. Opening it without the check would permanently drop what RocksDB does not
// find.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/storage/stored_ledger_log.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr TableId kMetaTable = 0;
constexpr TableId kBlocksTable = 1;

// A ledger in one directory, as the ingest service keeps it.
struct OpenLedger {
  std::unique_ptr<Store> store;
  std::unique_ptr<StoredLedgerLog> log;
};

StoreOptions Options(const std::string& directory) {
  StoreOptions options;
  options.path = directory + "/store";
  options.tables = {{"meta", TableUse::kPointLookups}, {"blocks", TableUse::kSequential}};
  options.cache_bytes = 1 << 20;
  options.write_buffer_bytes = 64 << 10;
  return options;
}

absl::StatusOr<OpenLedger> Open(const std::string& directory) {
  auto note = TailNote::Open(directory + "/tail");
  if (!note.ok()) return note.status();
  const absl::Status whole =
      StoredLedgerLog::CheckBeforeOpen(Options(directory), kBlocksTable, **note);
  if (!whole.ok()) return whole;
  OpenLedger ledger;
  auto store = Store::Open(Options(directory));
  if (!store.ok()) return store.status();
  ledger.store = *std::move(store);
  auto log = StoredLedgerLog::Open(ledger.store.get(), kMetaTable, kBlocksTable, *std::move(note));
  if (!log.ok()) return log.status();
  ledger.log = *std::move(log);
  return ledger;
}

class LedgerDamageTest : public ::testing::Test {
 protected:
  // Appends `count` blocks of three entries to the ledger in original_. As in the
  // service, each is followed by an unsynced write to another table.
  void Append(OpenLedger& ledger, int count) {
    if (chain_ == nullptr) chain_ = std::make_unique<RandomChain>(7, ledger.log->id());
    for (int i = 0; i < count; ++i) {
      const std::string bytes = chain_->Next(3);
      ASSERT_THAT(ledger.log->Append(Block::Parse(bytes).value()), IsOk());
      StoreBatch batch;
      batch.Put(kMetaTable, absl::StrCat("after ", chain_->tail().position), "x");
      ASSERT_THAT(ledger.store->Write(batch, Durability::kBuffered), IsOk());
    }
  }

  void Make(int blocks) {
    auto ledger = Open(original_);
    ASSERT_THAT(ledger, IsOk());
    Append(*ledger, blocks);
  }

  // Replaces damaged_ by a fresh copy.
  void Copy() { CopyDirectory(original_, damaged_); }
  std::string DamagedStore() const { return damaged_ + "/store"; }

  static std::map<std::string, std::string> FilesOfStore(const std::string& directory) {
    std::map<std::string, std::string> files;
    for (const auto& file : fs::directory_iterator(directory + "/store")) {
      files[file.path().filename().string()] = FileContent(file.path().string());
    }
    return files;
  }

  // Opens the ledger at damaged_, which must fail with the last acknowledged position
  // or, if RocksDB detects the damage, with the path.
  void ExpectRefused(const std::string& what, bool by_note = true) {
    const auto before = FilesOfStore(damaged_);
    const auto ledger = Open(damaged_);
    ASSERT_FALSE(ledger.ok()) << what << ": opened with position " << ledger->log->tail().position
                              << " of " << chain_->tail().position;
    EXPECT_THAT(ledger.status(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(DamagedStore())))
        << what;
    if (by_note) {
      EXPECT_THAT(ledger.status().message(),
                  AllOf(HasSubstr(absl::StrCat("position ", chain_->tail().position, " ")),
                        HasSubstr(damaged_ + "/tail")))
          << what;
    }
    EXPECT_TRUE(FilesOfStore(damaged_) == before) << what << ": a file was changed";
  }

  static void FlipLengthOf(const std::string& log, size_t record_begin) {
    std::string bytes = FileContent(log);
    // The high byte of the record's length: it then extends beyond the file.
    bytes[record_begin + 5] = static_cast<char>(bytes[record_begin + 5] ^ 0x80);
    WriteFile(log, bytes);
  }

  // The offset of each record of a log; none of them crosses 32 KiB.
  static std::vector<size_t> RecordsOf(const std::string& log) {
    const std::string bytes = FileContent(log);
    std::vector<size_t> begins;
    size_t at = 0;
    while (at < bytes.size()) {
      begins.push_back(at);
      const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[at + i]); };
      at += 7 + byte(4) + 256 * byte(5);
    }
    EXPECT_LT(bytes.size(), 32u << 10);
    return begins;
  }

  const TempDir dir_;
  const std::string original_ = dir_.Path("original");
  const std::string damaged_ = dir_.Path("damaged");
  std::unique_ptr<RandomChain> chain_;
};

TEST_F(LedgerDamageTest, OpensAnUndamagedCopy) {
  Make(4);
  Copy();
  const auto ledger = Open(damaged_);
  ASSERT_THAT(ledger, IsOk());
  EXPECT_EQ(ledger->log->tail(), chain_->tail());
}

TEST_F(LedgerDamageTest, RejectsADamagedLengthInTheLog) {
  Make(5);
  const std::vector<size_t> records = RecordsOf(LogFileOf(original_ + "/store"));
  ASSERT_GE(records.size(), 10u);
  // The last record is the unsynced write, which was not acknowledged.
  for (size_t i = 0; i + 1 < records.size(); ++i) {
    Copy();
    FlipLengthOf(LogFileOf(DamagedStore()), records[i]);
    ExpectRefused(absl::StrCat("record ", i));
  }
  Copy();
  FlipLengthOf(LogFileOf(DamagedStore()), records.back());
  EXPECT_THAT(Open(damaged_), IsOk());
}

TEST_F(LedgerDamageTest, RejectsAFlippedBitAnywhereInTheLog) {
  Make(5);
  const std::string log = FileContent(LogFileOf(original_ + "/store"));
  const size_t acknowledged = RecordsOf(LogFileOf(original_ + "/store")).back();
  for (size_t offset = 0; offset < acknowledged; offset += 13) {
    Copy();
    std::string bytes = log;
    bytes[offset] = static_cast<char>(bytes[offset] ^ 0x80);
    WriteFile(LogFileOf(DamagedStore()), bytes);
    ExpectRefused(absl::StrCat("byte ", offset));
  }
}

TEST_F(LedgerDamageTest, RejectsAMissingOrTruncatedLog) {
  Make(5);
  Copy();
  fs::remove(LogFileOf(DamagedStore()));
  ExpectRefused("without the log");
  Copy();
  const std::string log = LogFileOf(DamagedStore());
  fs::resize_file(log, RecordsOf(log).end()[-2]);
  ExpectRefused("without the last block");
}

TEST_F(LedgerDamageTest, RejectsATruncatedManifest) {
  Make(5);
  // Opening moves the blocks from the log into a sorted table.
  ASSERT_THAT(Open(original_), IsOk());
  Copy();
  const std::string manifest = ManifestOf(DamagedStore());
  fs::resize_file(manifest, fs::file_size(manifest) - 1);
  ExpectRefused("a truncated manifest", /*by_note=*/false);
}

TEST_F(LedgerDamageTest, RejectsAMissingStore) {
  Make(2);
  Copy();
  fs::remove(DamagedStore() + "/CURRENT");
  ExpectRefused("without CURRENT", /*by_note=*/false);
}

// A log that is not the newest ends with an incomplete record: RocksDB continues with
// the next log, which would leave a gap.
TEST_F(LedgerDamageTest, RejectsADamagedLengthInAnEarlierLog) {
  Make(5);
  Copy();
  const std::string log = LogFileOf(DamagedStore());
  const std::vector<size_t> records = RecordsOf(log);
  const std::string bytes = FileContent(log);
  const size_t split = records[records.size() / 2];
  WriteFile(log, bytes.substr(0, split));
  WriteFile(DamagedStore() + "/009999.log", bytes.substr(split));
  CopyDirectory(damaged_, dir_.Path("split"));
  const auto whole = Open(dir_.Path("split"));
  ASSERT_THAT(whole, IsOk());
  ASSERT_EQ(whole->log->tail(), chain_->tail());
  FlipLengthOf(log, records[records.size() / 2 - 1]);
  ExpectRefused("the first of two logs");
}

// The state after two crashes: the log ends with an incomplete, unacknowledged record,
// and the start after that had flushed only the table of blocks.
TEST_F(LedgerDamageTest, AcceptsATornLogWithATableAheadOfIt) {
  Make(5);
  {
    rocksdb::DB* raw = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> tables;
    const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
        {"default", {}}, {"meta", {}}, {"blocks", {}}};
    ASSERT_TRUE(
        rocksdb::DB::Open(rocksdb::DBOptions(), original_ + "/store", families, &tables, &raw)
            .ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    for (const TableId table : {kMetaTable, kBlocksTable}) {
      ASSERT_TRUE(db->Put({}, tables[1 + table], std::string(8, '\0'), "torn").ok());
    }
    ASSERT_TRUE(db->Delete({}, tables[1 + kBlocksTable], std::string(8, '\0')).ok());
    ASSERT_TRUE(db->Put({}, tables[1 + kMetaTable], "last", "torn").ok());
    ASSERT_TRUE(db->Flush({}, tables[1 + kBlocksTable]).ok());
    for (auto* table : tables) ASSERT_TRUE(db->DestroyColumnFamilyHandle(table).ok());
  }
  Copy();
  const std::string log = LogFileOf(DamagedStore());
  fs::resize_file(log, fs::file_size(log) - 1);
  const auto ledger = Open(damaged_);
  ASSERT_THAT(ledger, IsOk());
  EXPECT_EQ(ledger->log->tail(), chain_->tail());
}

TEST_F(LedgerDamageTest, RejectsAMissingEarlierLog) {
  {
    auto ledger = Open(original_);
    ASSERT_THAT(ledger, IsOk());
    // Blocks are flushed to tables; the unflushed table of the other writes keeps the
    // logs.
    while (FilesOf(original_ + "/store", "", ".log").size() < 4) Append(*ledger, 20);
    Copy();
  }
  const std::vector<std::string> logs = FilesOf(DamagedStore(), "", ".log");
  for (size_t i = 0; i + 1 < logs.size(); ++i) {
    const std::string bytes = FileContent(logs[i]);
    fs::remove(logs[i]);
    ExpectRefused(logs[i], /*by_note=*/false);
    WriteFile(logs[i], bytes);
  }
  EXPECT_THAT(Open(damaged_), IsOk());
}

TEST_F(LedgerDamageTest, RejectsAnotherHistory) {
  Make(3);
  Copy();
  chain_ = nullptr;
  fs::remove_all(original_);
  Make(3);
  fs::remove(damaged_ + "/tail");
  fs::copy(original_ + "/tail", damaged_ + "/tail");
  ExpectRefused("the store of another ledger");
}

TEST_F(LedgerDamageTest, AcceptsALedgerWithoutANoteAndCreatesOne) {
  Make(3);
  Copy();
  fs::remove(damaged_ + "/tail");
  {
    const auto ledger = Open(damaged_);
    ASSERT_THAT(ledger, IsOk());
    EXPECT_EQ(ledger->log->tail(), chain_->tail());
  }
  fs::remove_all(DamagedStore());
  const auto ledger = Open(damaged_);
  EXPECT_THAT(ledger, StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(LedgerDamageTest, AcceptsAnOlderNote) {
  // A power loss can leave one, since the note is not synced.
  Make(1);
  const std::string older_note = FileContent(original_ + "/tail");
  Make(4);
  Copy();
  WriteFile(damaged_ + "/tail", older_note);
  {
    const auto ledger = Open(damaged_);
    ASSERT_THAT(ledger, IsOk());
    EXPECT_EQ(ledger->log->tail(), chain_->tail());
  }
  const auto updated = TailNote::Open(damaged_ + "/tail");
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ((*updated)->acknowledged()->position, chain_->tail().position);
}

TEST_F(LedgerDamageTest, ReportsALedgerInUseAsSuch) {
  auto ledger = Open(original_);
  ASSERT_THAT(ledger, IsOk());
  Append(*ledger, 3);
  EXPECT_THAT(Open(original_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("in use")));
  Append(*ledger, 1);
}

}  // namespace
}  // namespace repatriation
