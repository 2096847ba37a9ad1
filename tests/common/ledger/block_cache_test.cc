#include "common/ledger/block_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/raw_block.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Ten blocks of three entries each: 1-3, 4-6, ..., 28-30.
class BlockCacheTest : public ::testing::Test {
 protected:
  BlockCacheTest() {
    RandomChain chain(7);
    for (int i = 0; i < 10; ++i) blocks_.push_back(chain.Next(3));
  }

  BlockCache::ReadBlock Reader() {
    return [this](Position position) -> absl::StatusOr<std::string> {
      reads_.push_back(position);
      if (position > 30) return absl::OutOfRangeError(absl::StrCat("no position ", position));
      return blocks_[(position - 1) / 3];
    };
  }

  std::vector<std::string> blocks_;
  std::vector<Position> reads_;
};

TEST_F(BlockCacheTest, FindsTheEntryAtEveryPosition) {
  BlockCache cache(Reader(), 4);
  for (Position position = 1; position <= 30; ++position) {
    const auto block = cache.BlockOf(position);
    ASSERT_THAT(block, IsOk()) << position;
    ASSERT_TRUE((*block)->Contains(position)) << position;
    EXPECT_EQ((*block)->At(position).position, position);
    EXPECT_EQ((*block)->block().bytes(), blocks_[(position - 1) / 3]);
    const auto expected = Block::Parse(blocks_[(position - 1) / 3])->DecodeAt(position);
    EXPECT_TRUE((*block)->At(position).SameContent(*expected)) << position;
  }
}

TEST_F(BlockCacheTest, ReadsABlockOnceForNeighbouringEntries) {
  BlockCache cache(Reader(), 4);
  for (const Position position : {5, 4, 6, 5}) ASSERT_THAT(cache.BlockOf(position), IsOk());
  EXPECT_THAT(reads_, ElementsAre(5));
}

TEST_F(BlockCacheTest, KeepsTheMostRecentlyUsedBlocks) {
  BlockCache cache(Reader(), 2);
  const auto use = [&](Position position) { ASSERT_THAT(cache.BlockOf(position), IsOk()); };
  use(1);
  use(4);
  use(1);
  EXPECT_THAT(reads_, ElementsAre(1, 4));
  use(7);  // evicts 4
  use(1);
  EXPECT_THAT(reads_, ElementsAre(1, 4, 7));
  use(4);  // evicts 7
  use(1);
  EXPECT_THAT(reads_, ElementsAre(1, 4, 7, 4));
}

TEST_F(BlockCacheTest, BlocksOutliveTheCache) {
  std::shared_ptr<const DecodedBlock> block;
  {
    BlockCache cache(Reader(), 1);
    block = *cache.BlockOf(1);
    ASSERT_THAT(cache.BlockOf(4), IsOk());
  }
  EXPECT_EQ(block->block().bytes(), blocks_[0]);
  EXPECT_EQ(block->At(2).position, 2);
  EXPECT_FALSE(block->At(2).id.empty());
}

TEST_F(BlockCacheTest, ReturnsReadErrorsAndDoesNotCacheThem) {
  BlockCache cache(Reader(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(cache.BlockOf(31), StatusIs(absl::StatusCode::kOutOfRange, "no position 31"));
  }
  EXPECT_THAT(reads_, ElementsAre(31, 31));
}

TEST_F(BlockCacheTest, DamagedBlocksAreDataLossAndAreNotCached) {
  BlockCache cache(Reader(), 2);
  const std::string whole = blocks_[0];
  blocks_[0][50] ^= 1;
  EXPECT_THAT(cache.BlockOf(1), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 1")));
  RawBlock raw;  // valid hash, malformed entry
  raw.body = "\x09";
  blocks_[0] = raw.Bytes();
  EXPECT_THAT(cache.BlockOf(1), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 1")));
  blocks_[0] = whole;
  EXPECT_THAT(cache.BlockOf(1), IsOk());
}

TEST(BlockCacheThreadsTest, ServesManyThreads) {
  RandomChain chain(7);
  std::vector<std::string> blocks;
  for (int i = 0; i < 10; ++i) blocks.push_back(chain.Next(3));
  BlockCache cache(
      [&](Position position) -> absl::StatusOr<std::string> { return blocks[(position - 1) / 3]; },
      3);
  std::vector<std::thread> threads;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&cache, seed] {
      RandomEntries random(seed);
      for (int i = 0; i < 500; ++i) {
        const auto position = static_cast<Position>(1 + random.Below(30));
        const auto block = cache.BlockOf(position);
        ASSERT_THAT(block, IsOk());
        ASSERT_EQ((*block)->At(position).position, position);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace repatriation
