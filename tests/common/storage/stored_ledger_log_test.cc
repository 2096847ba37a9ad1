#include "common/storage/stored_ledger_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/common/testing/blocks.h"
#include "tests/common/testing/file_size_limit.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr TableId kMeta = 0;
constexpr TableId kBlocks = 1;

std::unique_ptr<Store> OpenStore(const std::string& path) {
  StoreOptions options;
  options.path = path;
  options.tables = {{"meta", TableUse::kPointLookups}, {"blocks", TableUse::kSequential}};
  options.write_buffer_bytes = 64 << 10;
  auto store = Store::Open(options);
  EXPECT_THAT(store, IsOk());
  return store.ok() ? *std::move(store) : nullptr;
}

// Opens the log as main.cc does, with the note beside the store.
absl::StatusOr<std::unique_ptr<StoredLedgerLog>> OpenLog(Store* store) {
  auto note = TailNote::Open(store->path() + ".tail");
  if (!note.ok()) return note.status();
  return StoredLedgerLog::Open(store, kMeta, kBlocks, *std::move(note));
}

class StoredLedgerLogTest : public ::testing::Test {
 protected:
  StoredLedgerLogTest() { Open(); }

  void Open() {
    store_ = OpenStore(path_);
    auto log = OpenLog(store_.get());
    ASSERT_THAT(log, IsOk());
    log_ = *std::move(log);
    if (chain_ == nullptr) chain_ = std::make_unique<RandomChain>(7, log_->id());
  }

  void Reopen() {
    log_.reset();
    store_.reset();
    Open();
  }

  // Appends the next block of the chain.
  void AppendNext(size_t entries) {
    blocks_.push_back(chain_->Next(entries));
    ASSERT_THAT(log_->Append(Block::Parse(blocks_.back()).value()), IsOk());
  }

  // The status of opening the log over the current tables.
  absl::Status StatusOfOpen() { return OpenLog(store_.get()).status(); }

  void PutBytes(TableId table, absl::string_view key, absl::string_view bytes) {
    StoreBatch batch;
    batch.Put(table, key, std::string(bytes));
    ASSERT_THAT(store_->Write(batch, Durability::kSynced), IsOk());
  }

  const TempDir dir_;
  const std::string path_ = dir_.Path("ledger");
  std::unique_ptr<Store> store_;
  std::unique_ptr<StoredLedgerLog> log_;
  std::unique_ptr<RandomChain> chain_;
  std::vector<std::string> blocks_;
};

TEST_F(StoredLedgerLogTest, NewLedgerIsEmptyAndHasAnId) {
  EXPECT_FALSE(log_->id().empty());
  EXPECT_EQ(log_->tail(), LedgerTail());
  const auto blocks = log_->ReadAfter(0, 1 << 20);
  ASSERT_THAT(blocks, IsOk());
  EXPECT_THAT(*blocks, IsEmpty());
  EXPECT_THAT(log_->ReadBlockOf(1), StatusIs(absl::StatusCode::kOutOfRange));
}

TEST_F(StoredLedgerLogTest, EmptyLedgerKeepsItsId) {
  const LedgerId id = log_->id();
  Reopen();
  EXPECT_EQ(log_->id().ToString(), id.ToString());
}

TEST_F(StoredLedgerLogTest, TwoLedgersHaveDifferentIds) {
  const auto other_store = OpenStore(dir_.Path("other"));
  const auto other = OpenLog(other_store.get());
  ASSERT_THAT(other, IsOk());
  EXPECT_NE((*other)->id().ToString(), log_->id().ToString());
}

TEST_F(StoredLedgerLogTest, AppendMovesTheTail) {
  AppendNext(3);
  EXPECT_EQ(log_->tail(), chain_->tail());
  EXPECT_EQ(log_->tail().position, 3);
  AppendNext(2);
  EXPECT_EQ(log_->tail(), chain_->tail());
  const auto blocks = log_->ReadAfter(0, 1 << 20);
  ASSERT_THAT(blocks, IsOk());
  EXPECT_THAT(*blocks, ElementsAre(blocks_[0], blocks_[1]));
}

TEST_F(StoredLedgerLogTest, ReopenedLedgerIsUnchangedAndAcceptsBlocks) {
  const LedgerId id = log_->id();
  for (int i = 0; i < 5; ++i) AppendNext(4);
  const LedgerTail tail = log_->tail();
  Reopen();
  EXPECT_EQ(log_->id().ToString(), id.ToString());
  EXPECT_EQ(log_->tail(), tail);
  AppendNext(1);
  const auto blocks = log_->ReadAfter(0, 1 << 20);
  ASSERT_THAT(blocks, IsOk());
  EXPECT_EQ(*blocks, blocks_);
}

TEST_F(StoredLedgerLogTest, ReadAfterIsBoundedByTheTail) {
  AppendNext(3);
  AppendNext(2);
  const auto last = log_->ReadAfter(3, 0);
  ASSERT_THAT(last, IsOk());
  EXPECT_THAT(*last, ElementsAre(blocks_[1]));
  const auto none = log_->ReadAfter(5, 0);
  ASSERT_THAT(none, IsOk());
  EXPECT_THAT(*none, IsEmpty());
  EXPECT_THAT(log_->ReadAfter(4, 0), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log_->ReadAfter(6, 0), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(log_->ReadAfter(-1, 0), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(StoredLedgerLogTest, ReadBlockOfIsBoundedByTheTail) {
  AppendNext(3);
  AppendNext(2);
  const auto block = log_->ReadBlockOf(4);
  ASSERT_THAT(block, IsOk());
  EXPECT_EQ(*block, blocks_[1]);
  for (const Position position : {Position{0}, Position{-1}, Position{6}, Position{INT64_MAX}}) {
    EXPECT_THAT(log_->ReadBlockOf(position),
                StatusIs(absl::StatusCode::kOutOfRange, HasSubstr(absl::StrCat(position))));
  }
}

TEST_F(StoredLedgerLogTest, AppendedBlocksSurviveACrashOfTheProcess) {
  for (int i = 0; i < 10; ++i) {
    AppendNext(1 + i % 3);
    CopyDirectory(path_, dir_.Path("left"));
    const auto store = OpenStore(dir_.Path("left"));
    const auto left = OpenLog(store.get());
    ASSERT_THAT(left, IsOk());
    EXPECT_EQ((*left)->id().ToString(), log_->id().ToString());
    EXPECT_EQ((*left)->tail(), log_->tail());
  }
}

TEST_F(StoredLedgerLogTest, ATruncatedLogKeepsItsCompleteBlocks) {
  std::vector<LedgerTail> tails = {LedgerTail()};
  std::vector<size_t> ends = {std::filesystem::file_size(LogFileOf(path_))};
  for (int i = 0; i < 4; ++i) {
    AppendNext(2);
    tails.push_back(log_->tail());
    ends.push_back(std::filesystem::file_size(LogFileOf(path_)));
  }
  for (size_t size = ends.back(); size >= ends.front(); size -= std::min<size_t>(size, 41)) {
    const std::string cut = dir_.Path("cut");
    CopyDirectory(path_, cut);
    std::filesystem::remove(cut + ".tail");  // as if nothing was acknowledged
    std::filesystem::resize_file(LogFileOf(cut), size);
    const auto store = OpenStore(cut);
    const auto left = OpenLog(store.get());
    ASSERT_THAT(left, IsOk()) << size;
    size_t whole = 0;
    while (whole + 1 < ends.size() && ends[whole + 1] <= size) ++whole;
    EXPECT_EQ((*left)->tail(), tails[whole]) << size << " bytes of " << ends.back();
  }
}

TEST_F(StoredLedgerLogTest, ADamagedIdIsDataLoss) {
  for (const char* bytes : {"", "fifteen bytes..", "seventeen bytes.."}) {
    PutBytes(kMeta, "ledger_id", bytes);
    EXPECT_THAT(StatusOfOpen(), StatusIs(absl::StatusCode::kDataLoss)) << bytes;
  }
}

TEST_F(StoredLedgerLogTest, BlocksWithoutAnIdAreDataLoss) {
  AppendNext(2);
  StoreBatch batch;
  batch.Delete(kMeta, "ledger_id");
  ASSERT_THAT(store_->Write(batch, Durability::kSynced), IsOk());
  EXPECT_THAT(StatusOfOpen(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("id")));
}

TEST_F(StoredLedgerLogTest, BlocksOfAnotherLedgerAreDataLoss) {
  AppendNext(2);
  const LedgerId other = LedgerId::Random();
  PutBytes(kMeta, "ledger_id", other.bytes());
  EXPECT_THAT(StatusOfOpen(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(other.ToString())));
}

TEST_F(StoredLedgerLogTest, ADamagedLastBlockIsDataLoss) {
  AppendNext(2);
  AppendNext(2);
  std::string damaged = blocks_.back();
  damaged[100] ^= 1;
  PutBytes(kBlocks, PositionKey(3), damaged);
  EXPECT_THAT(StatusOfOpen(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 3")));
}

TEST_F(StoredLedgerLogTest, AppendErrorsAreSticky) {
  AppendNext(2);
  const LedgerTail tail = log_->tail();
  const std::string lost = chain_->Next(400);
  const Block block = Block::Parse(lost).value();
  absl::Status failure;
  {
    const FileSizeLimit limit(std::filesystem::file_size(LogFileOf(path_)) + 1000);
    failure = log_->Append(block);
  }
  EXPECT_THAT(failure, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("until a restart")));

  // The disk accepts writes again, the log does not.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(log_->Append(block), failure);
  EXPECT_EQ(log_->tail(), tail);
  const auto blocks = log_->ReadAfter(0, 1 << 20);
  ASSERT_THAT(blocks, IsOk());
  EXPECT_THAT(*blocks, ElementsAre(blocks_[0]));

  Reopen();
  EXPECT_EQ(log_->tail(), tail);
  EXPECT_THAT(log_->Append(block), IsOk());
  EXPECT_EQ(log_->tail(), block.tail());
}

TEST_F(StoredLedgerLogTest, ConcurrentReadersSeeBlocksUpToTheTail) {
  constexpr int kAppends = 300;
  std::atomic<bool> done = false;
  std::thread reader([&] {
    LedgerTail seen;
    while (true) {
      const bool last_round = done;
      const LedgerTail tail = log_->tail();
      const auto blocks = log_->ReadAfter(seen.position, 4096);
      ASSERT_THAT(blocks, IsOk());
      // Everything up to the tail before the read is there.
      ASSERT_TRUE(!blocks->empty() || seen.position == tail.position) << tail.position;
      for (const std::string& bytes : *blocks) {
        const auto block = Block::Parse(bytes);
        ASSERT_THAT(block, IsOk());
        ASSERT_THAT(CheckFollows(*block, log_->id(), seen), IsOk());
        seen = block->tail();
      }
      if (last_round && blocks->empty()) break;
    }
    EXPECT_EQ(seen, log_->tail());
  });
  for (int i = 0; i < kAppends; ++i) AppendNext(1 + i % 7);
  done = true;
  reader.join();
}

}  // namespace
}  // namespace repatriation
