#include "common/storage/block_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "common/base/crypto/sha256.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr size_t kNoLimit = SIZE_MAX;

TEST(PositionKeyTest, IsBigEndian) {
  EXPECT_EQ(Hex(PositionKey(0)), "0000000000000000");
  EXPECT_EQ(Hex(PositionKey(1)), "0000000000000001");
  EXPECT_EQ(Hex(PositionKey(0x0102030405060708)), "0102030405060708");
  EXPECT_EQ(Hex(PositionKey(INT64_MAX)), "7fffffffffffffff");
}

TEST(PositionKeyTest, KeysSortLikeTheirPositionsAndRoundTrip) {
  const std::vector<Position> kAscending = {0,        1,        2,        127,      128,
                                            255,      256,      65535,    65536,    1 << 24,
                                            1L << 31, 1L << 32, 1L << 40, 1L << 56, INT64_MAX};
  for (size_t i = 0; i < kAscending.size(); ++i) {
    EXPECT_EQ(PositionOfKey(PositionKey(kAscending[i])), kAscending[i]);
    if (i > 0) {
      EXPECT_LT(PositionKey(kAscending[i - 1]), PositionKey(kAscending[i])) << kAscending[i];
    }
  }
}

TEST(PositionKeyTest, ReadsOnlyTheFirst8Bytes) {
  EXPECT_EQ(PositionOfKey(PositionKey(77) + "more"), 77);
}

// A table with the blocks 1-3, 4-4, 5-9, 10-11.
class BlockTableTest : public ::testing::Test {
 protected:
  static constexpr TableId kBlocks = 1;

  BlockTableTest() {
    StoreOptions options;
    options.path = dir_.Path("store");
    options.tables = {{"meta", TableUse::kPointLookups}, {"blocks", TableUse::kSequential}};
    store_ = Store::Open(options).value();
    table_.emplace(store_.get(), kBlocks);
  }

  void PutBlocks() {
    for (const size_t count : {3, 1, 5, 2}) {
      blocks_.push_back(chain_.Next(count));
      StoreBatch batch;
      table_->Put(batch, Block::Parse(blocks_.back()).value());
      ASSERT_THAT(store_->Write(batch, Durability::kSynced), IsOk());
    }
  }

  void PutBytes(absl::string_view key, absl::string_view bytes) {
    StoreBatch batch;
    batch.Put(kBlocks, key, std::string(bytes));
    ASSERT_THAT(store_->Write(batch, Durability::kSynced), IsOk());
  }

  void Remove(Position first_position) {
    StoreBatch batch;
    batch.Delete(kBlocks, PositionKey(first_position));
    ASSERT_THAT(store_->Write(batch, Durability::kSynced), IsOk());
  }

  std::vector<std::string> ReadAfter(Position position, size_t bytes_max = kNoLimit) {
    const auto blocks = table_->ReadAfter(position, chain_.tail().position, bytes_max);
    EXPECT_THAT(blocks, IsOk()) << position;
    return blocks.ok() ? *blocks : std::vector<std::string>();
  }

  static std::string Damaged(std::string bytes) {
    bytes[bytes.size() / 2] ^= 1;
    return bytes;
  }

  const TempDir dir_;
  std::unique_ptr<Store> store_;
  absl::optional<BlockTable> table_;
  RandomChain chain_{7};
  std::vector<std::string> blocks_;
};

TEST_F(BlockTableTest, EmptyTableHasNoBlocks) {
  const auto tail = table_->Tail();
  ASSERT_THAT(tail, IsOk());
  EXPECT_EQ(*tail, LedgerTail());
  const auto id = table_->FirstLedgerId();
  ASSERT_THAT(id, IsOk());
  EXPECT_TRUE(id->empty());
  EXPECT_THAT(ReadAfter(0), IsEmpty());
  EXPECT_THAT(table_->ReadBlockOf(1), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(BlockTableTest, TailIsTheEndOfTheLastBlock) {
  PutBlocks();
  const auto tail = table_->Tail();
  ASSERT_THAT(tail, IsOk());
  EXPECT_EQ(*tail, chain_.tail());
  const auto id = table_->FirstLedgerId();
  ASSERT_THAT(id, IsOk());
  EXPECT_EQ(id->ToString(), chain_.id().ToString());
}

TEST_F(BlockTableTest, ReadsEverythingAfterTheEndOfABlock) {
  PutBlocks();
  EXPECT_THAT(ReadAfter(0), ElementsAre(blocks_[0], blocks_[1], blocks_[2], blocks_[3]));
  EXPECT_THAT(ReadAfter(3), ElementsAre(blocks_[1], blocks_[2], blocks_[3]));
  EXPECT_THAT(ReadAfter(4), ElementsAre(blocks_[2], blocks_[3]));
  EXPECT_THAT(ReadAfter(9), ElementsAre(blocks_[3]));
  EXPECT_THAT(ReadAfter(11), IsEmpty());
}

TEST_F(BlockTableTest, ReadsAsManyBlocksAsFitButAtLeastOne) {
  PutBlocks();
  const size_t two = blocks_[0].size() + blocks_[1].size();
  EXPECT_THAT(ReadAfter(0, 0), ElementsAre(blocks_[0]));
  EXPECT_THAT(ReadAfter(0, 1), ElementsAre(blocks_[0]));
  EXPECT_THAT(ReadAfter(0, blocks_[0].size()), ElementsAre(blocks_[0]));
  EXPECT_THAT(ReadAfter(0, two - 1), ElementsAre(blocks_[0]));
  EXPECT_THAT(ReadAfter(0, two), ElementsAre(blocks_[0], blocks_[1]));
  EXPECT_THAT(ReadAfter(0, two + blocks_[2].size() - 1), ElementsAre(blocks_[0], blocks_[1]));
}

TEST_F(BlockTableTest, ErrorForAPositionInsideABlockNamesItsRange) {
  PutBlocks();
  const struct {
    Position position;
    const char* range;
  } kCases[] = {{1, "1 to 3"}, {2, "1 to 3"}, {5, "5 to 9"}, {8, "5 to 9"}, {10, "10 to 11"}};
  for (const auto& c : kCases) {
    EXPECT_THAT(table_->ReadAfter(c.position, 11, kNoLimit),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.range)))
        << c.position;
  }
}

TEST_F(BlockTableTest, RejectsNegativePositionsAndThoseBeyondTheTail) {
  PutBlocks();
  EXPECT_THAT(table_->ReadAfter(12, 11, kNoLimit),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("11")));
  EXPECT_THAT(table_->ReadAfter(INT64_MAX, 11, kNoLimit), StatusIs(absl::StatusCode::kOutOfRange));
  for (const Position position : {Position{-1}, Position{INT64_MIN}}) {
    EXPECT_THAT(table_->ReadAfter(position, 11, kNoLimit),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << position;
  }
}

TEST_F(BlockTableTest, DoesNotReadBlocksBeyondTheTail) {
  // As during an append.
  PutBlocks();
  const auto blocks = table_->ReadAfter(3, 9, kNoLimit);
  ASSERT_THAT(blocks, IsOk());
  EXPECT_THAT(*blocks, ElementsAre(blocks_[1], blocks_[2]));
  const auto none = table_->ReadAfter(9, 9, kNoLimit);
  ASSERT_THAT(none, IsOk());
  EXPECT_THAT(*none, IsEmpty());
}

TEST_F(BlockTableTest, AMissingBlockIsDataLossWhenItIsReached) {
  PutBlocks();
  Remove(4);
  EXPECT_THAT(ReadAfter(0), ElementsAre(blocks_[0]));
  EXPECT_THAT(table_->ReadAfter(3, 11, kNoLimit),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 4")));
  EXPECT_THAT(ReadAfter(9), ElementsAre(blocks_[3]));
  // The end of the missing block is still a valid position.
  EXPECT_THAT(ReadAfter(4), ElementsAre(blocks_[2], blocks_[3]));
}

TEST_F(BlockTableTest, MissingBlocksAtEitherEndAreDataLoss) {
  PutBlocks();
  Remove(1);
  EXPECT_THAT(table_->ReadAfter(0, 11, kNoLimit),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 1")));
  EXPECT_THAT(table_->ReadAfter(1, 11, kNoLimit), StatusIs(absl::StatusCode::kDataLoss));
  Remove(10);
  EXPECT_THAT(ReadAfter(4), ElementsAre(blocks_[2]));
  EXPECT_THAT(table_->ReadAfter(9, 11, kNoLimit),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 10")));
}

TEST_F(BlockTableTest, ReadBlockOfFindsTheBlockOfEveryPosition) {
  PutBlocks();
  const size_t kBlockIndex[] = {0, 0, 0, 1, 2, 2, 2, 2, 2, 3, 3};
  for (Position position = 1; position <= 11; ++position) {
    const auto block = table_->ReadBlockOf(position);
    ASSERT_THAT(block, IsOk()) << position;
    EXPECT_EQ(*block, blocks_[kBlockIndex[position - 1]]) << position;
  }
}

TEST_F(BlockTableTest, ReadBlockOfAPositionWithoutABlockIsDataLoss) {
  PutBlocks();
  Remove(5);
  for (const Position position : {0, 5, 9, 12}) {
    EXPECT_THAT(table_->ReadBlockOf(position),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr(absl::StrCat(position))))
        << position;
  }
}

TEST_F(BlockTableTest, DamagedBlocksAreDataLoss) {
  PutBlocks();
  PutBytes(PositionKey(4), Damaged(blocks_[1]));
  EXPECT_THAT(table_->ReadAfter(0, 11, kNoLimit), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(table_->ReadAfter(3, 11, kNoLimit), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(table_->ReadBlockOf(4), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ReadAfter(4), ElementsAre(blocks_[2], blocks_[3]));

  PutBytes(PositionKey(10), Damaged(blocks_[3]));
  EXPECT_THAT(table_->Tail(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(table_->FirstLedgerId(), IsOk());

  PutBytes(PositionKey(1), "");
  EXPECT_THAT(table_->FirstLedgerId(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(table_->ReadAfter(0, 11, kNoLimit), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(BlockTableTest, ABlockUnderTheWrongKeyIsDataLoss) {
  PutBlocks();
  PutBytes(PositionKey(4), blocks_[2]);
  EXPECT_THAT(table_->ReadAfter(3, 11, kNoLimit), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(table_->ReadBlockOf(4), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(BlockTableTest, ReadAfterMatchesAModelAtEveryPositionOfARandomLedger) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  RandomChain chain(seed);
  std::vector<std::string> blocks;
  std::vector<Position> ends;
  for (int i = 0; i < 40; ++i) {
    blocks.push_back(chain.Next(1 + random.Below(6)));
    ends.push_back(chain.tail().position);
    StoreBatch batch;
    table_->Put(batch, Block::Parse(blocks.back()).value());
    ASSERT_THAT(store_->Write(batch, Durability::kBuffered), IsOk());
  }
  const Position tail = ends.back();
  for (Position position = 0; position <= tail; ++position) {
    const size_t bytes_max = random.Below(4000);
    const auto got = table_->ReadAfter(position, tail, bytes_max);
    const auto end = std::lower_bound(ends.begin(), ends.end(), position);
    if (position > 0 && *end != position) {
      EXPECT_THAT(got, StatusIs(absl::StatusCode::kInvalidArgument)) << position;
      continue;
    }
    std::vector<std::string> expected;
    size_t bytes = 0;
    for (size_t i = position == 0 ? 0 : end - ends.begin() + 1; i < blocks.size(); ++i) {
      bytes += blocks[i].size();
      if (!expected.empty() && bytes > bytes_max) break;
      expected.push_back(blocks[i]);
    }
    ASSERT_THAT(got, IsOk()) << position;
    EXPECT_TRUE(*got == expected) << "after " << position << " within " << bytes_max
                                  << " bytes: expected " << expected.size() << " blocks, got "
                                  << got->size();
  }
}

}  // namespace
}  // namespace repatriation
