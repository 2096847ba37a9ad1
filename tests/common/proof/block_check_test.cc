#include "common/proof/block_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/ledger/byte_codec.h"
#include "common/storage/block_table.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/flaw_matchers.h"
#include "tests/common/testing/raw_block.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

constexpr size_t kBlocks = 10;
constexpr size_t kEntries = 5;

// A table of kBlocks blocks of kEntries entries each. Tests plant damage by writing it
// through RocksDB, so RocksDB's checksums are valid.
class BlockCheckTest : public ::testing::Test {
 protected:
  BlockCheckTest() {
    StoreOptions options;
    options.path = dir_.Path("store");
    options.tables = {{"blocks"}};
    store_ = Store::Open(options).value();
    for (size_t i = 0; i < kBlocks; ++i) {
      blocks_.push_back(chain_.Next(kEntries));
      Put(FirstOf(i), blocks_.back());
    }
  }

  static Position FirstOf(size_t block) { return static_cast<Position>(block * kEntries + 1); }

  void Put(const std::string& key, const std::string& bytes) {
    StoreBatch batch;
    batch.Put(0, key, bytes);
    EXPECT_THAT(store_->Write(batch, Durability::kBuffered), IsOk());
  }
  void Put(Position position, const std::string& bytes) { Put(PositionKey(position), bytes); }
  void Delete(Position position) {
    StoreBatch batch;
    batch.Delete(0, PositionKey(position));
    EXPECT_THAT(store_->Write(batch, Durability::kBuffered), IsOk());
  }

  CheckedBlocks Check(const LedgerId& id = {}) {
    visited_ = 0;
    const auto checked =
        CheckBlocks(*store_, 0, id, [&](const Block& block, absl::Span<const LedgerEntry> entries) {
          EXPECT_EQ(block.entry_count(), static_cast<int64_t>(entries.size()));
          EXPECT_EQ(entries.front().position, visited_ + 1);
          visited_ = block.last_position();
          return absl::OkStatus();
        });
    EXPECT_THAT(checked, IsOk());
    return checked.value_or(CheckedBlocks());
  }

  // Expects a flaw at `position`, after which the check stops.
  void ExpectFlaw(Position position, const std::string& words, const LedgerId& id = {}) {
    const CheckedBlocks checked = Check(id);
    ASSERT_THAT(checked.flaw, IsFlaw(position, words));
    EXPECT_EQ(checked.tail.position, visited_);
    EXPECT_LT(visited_, position);
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  const TempDir dir_;
  RandomChain chain_{seed_};
  std::unique_ptr<Store> store_;
  std::vector<std::string> blocks_;
  Position visited_ = 0;
};

TEST_F(BlockCheckTest, FindsNoFlawInAnUndamagedLedger) {
  const CheckedBlocks checked = Check(chain_.id());
  EXPECT_FALSE(checked.flaw.has_value()) << checked.flaw->what;
  EXPECT_EQ(checked.tail, chain_.tail());
  EXPECT_EQ(checked.ledger_id, chain_.id());
  EXPECT_EQ(visited_, chain_.tail().position);
}

TEST_F(BlockCheckTest, FindsNoFlawInAnEmptyLedger) {
  for (size_t i = 0; i < kBlocks; ++i) Delete(FirstOf(i));
  const CheckedBlocks checked = Check();
  EXPECT_FALSE(checked.flaw.has_value());
  EXPECT_EQ(checked.tail, LedgerTail());
}

TEST_F(BlockCheckTest, FindsAnyChangedByte) {
  for (size_t offset = 0; offset < blocks_[4].size(); ++offset) {
    std::string changed = blocks_[4];
    changed[offset] = static_cast<char>(changed[offset] ^ 0x10);
    Put(FirstOf(4), changed);
    const CheckedBlocks checked = Check();
    ASSERT_TRUE(checked.flaw.has_value()) << "byte " << offset;
    EXPECT_EQ(checked.flaw->position, FirstOf(4)) << checked.flaw->what;
  }
}

TEST_F(BlockCheckTest, FindsAChangedByteInABlockWithARecomputedHash) {
  std::string changed = blocks_[4];
  changed[16] = static_cast<char>(changed[16] + 1);  // a microsecond later
  FixHash(changed);
  Put(FirstOf(4), changed);
  ExpectFlaw(FirstOf(5), "does not follow");
}

TEST_F(BlockCheckTest, FindsAMissingBlock) {
  Delete(FirstOf(4));
  ExpectFlaw(FirstOf(4), "missing");
  Put(FirstOf(4), blocks_[4]);
  Delete(FirstOf(0));
  ExpectFlaw(1, "missing");
}

TEST_F(BlockCheckTest, FindsSwappedBlocks) {
  Put(FirstOf(3), blocks_[4]);
  Put(FirstOf(4), blocks_[3]);
  ExpectFlaw(FirstOf(3), "expected position 16");
}

TEST_F(BlockCheckTest, FindsABlockOfAnotherHistory) {
  RandomChain other(seed_ + 1, chain_.id());
  std::string block;
  for (int i = 0; i < 5; ++i) block = other.Next(kEntries);
  Put(FirstOf(4), block);
  ExpectFlaw(FirstOf(4), "hash");
}

TEST_F(BlockCheckTest, FindsABlockOfAnotherLedger) {
  const LedgerId other = LedgerId::FromBytes("another sixteen!");
  ExpectFlaw(1, other.ToString(), other);
}

TEST_F(BlockCheckTest, FindsABlockInsideAnother) {
  Put(FirstOf(4) + 1, blocks_[4]);
  const CheckedBlocks checked = Check();
  ASSERT_TRUE(checked.flaw.has_value());
  EXPECT_EQ(checked.flaw->position, FirstOf(4) + 1);
}

TEST_F(BlockCheckTest, FindsAKeyThatIsNotAPosition) {
  Put(PositionKey(FirstOf(4)) + "x", blocks_[4]);
  ExpectFlaw(FirstOf(5), "not a position");
}

TEST_F(BlockCheckTest, FindsAMalformedBodyWithValidHashes) {
  RawBlock raw;
  raw.ledger_id = std::string(chain_.id().bytes());
  raw.first_position = FirstOf(kBlocks);
  raw.recorded_time_us = chain_.tail().recorded_time_us;
  raw.previous_hash.assign(chain_.tail().hash.begin(), chain_.tail().hash.end());
  RawEvent event;
  event.headcount = 0;
  raw.body = event.Bytes();
  Put(FirstOf(kBlocks), raw.Bytes());
  ExpectFlaw(FirstOf(kBlocks), "is malformed");
}

TEST_F(BlockCheckTest, FindsAnEarlierRecordedTime) {
  RawBlock raw;
  raw.ledger_id = std::string(chain_.id().bytes());
  raw.first_position = FirstOf(kBlocks);
  raw.recorded_time_us = chain_.tail().recorded_time_us - 1;
  raw.previous_hash.assign(chain_.tail().hash.begin(), chain_.tail().hash.end());
  raw.body = RawEvent().Bytes();
  Put(FirstOf(kBlocks), raw.Bytes());
  ExpectFlaw(FirstOf(kBlocks), "recorded time");
}

TEST_F(BlockCheckTest, ReturnsTheErrorOfTheVisitor) {
  int visits = 0;
  const auto checked =
      CheckBlocks(*store_, 0, {}, [&](const Block&, absl::Span<const LedgerEntry>) {
        return ++visits < 3 ? absl::OkStatus() : absl::CancelledError("enough");
      });
  EXPECT_THAT(checked, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(visits, 3);
}

}  // namespace
}  // namespace repatriation
