#include "common/ledger/entry_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The blocks 1-3, 4-4, 5-9, 10-11, which are read two at a time.
class EntryWalkTest : public ::testing::Test {
 protected:
  EntryWalkTest() {
    RandomChain chain(7);
    for (const size_t count : {3, 1, 5, 2}) {
      blocks_.push_back(chain.Next(count));
      ends_.push_back(chain.tail().position);
    }
  }

  size_t IndexOfHolder(Position position) const {
    return std::lower_bound(ends_.begin(), ends_.end(), position) - ends_.begin();
  }

  BlockReads Reads() const {
    return {[this](Position position) -> absl::StatusOr<std::string> {
              return blocks_[IndexOfHolder(position)];
            },
            [this](Position after, size_t) -> absl::StatusOr<std::vector<std::string>> {
              const auto first = blocks_.begin() + IndexOfHolder(after + 1);
              return std::vector<std::string>(first, std::min(first + 2, blocks_.end()));
            }};
  }

  // Walks and records the visited positions in seen_.
  absl::Status Walk(const BlockReads& reads, Position after, Position tail) {
    seen_.clear();
    return ForEachEntryAfter(reads, after, tail, [this](const LedgerEntry& entry) {
      seen_.push_back(entry.position);
      return entry.position == fail_at_ ? absl::AbortedError("enough") : absl::OkStatus();
    });
  }

  std::vector<std::string> blocks_;
  std::vector<Position> ends_;
  std::vector<Position> seen_;
  Position fail_at_ = 0;
};

TEST_F(EntryWalkTest, VisitsEveryEntryAfterAnyPositionOnce) {
  for (Position after = 0; after < 11; ++after) {
    ASSERT_THAT(Walk(Reads(), after, 11), IsOk()) << after;
    std::vector<Position> expected(11 - after);
    std::iota(expected.begin(), expected.end(), after + 1);
    EXPECT_EQ(seen_, expected) << after;
  }
}

TEST_F(EntryWalkTest, StopsAtTheTailIfTheLedgerHasGrown) {
  ASSERT_THAT(Walk(Reads(), 1, 4), IsOk());
  EXPECT_THAT(seen_, ElementsAre(2, 3, 4));
}

TEST_F(EntryWalkTest, ReadsNothingIfThereIsNoEntryAfter) {
  const BlockReads none;  // a call would throw
  EXPECT_THAT(Walk(none, 11, 11), IsOk());
  EXPECT_THAT(Walk(none, 0, 0), IsOk());
  EXPECT_THAT(Walk(none, 12, 11), IsOk());
  EXPECT_THAT(seen_, IsEmpty());
}

TEST_F(EntryWalkTest, StopsWhenAVisitFails) {
  for (const Position position : {2, 3, 6, 11}) {
    fail_at_ = position;
    EXPECT_THAT(Walk(Reads(), 0, 11), StatusIs(absl::StatusCode::kAborted, "enough"));
    EXPECT_EQ(seen_.back(), position);
  }
}

TEST_F(EntryWalkTest, ReturnsReadErrors) {
  BlockReads reads = Reads();
  reads.after = [](Position, size_t) -> absl::StatusOr<std::vector<std::string>> {
    return absl::UnavailableError("later");
  };
  EXPECT_THAT(Walk(reads, 0, 11), StatusIs(absl::StatusCode::kUnavailable, "later"));
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3));
  reads.block_of = [](Position) -> absl::StatusOr<std::string> {
    return absl::UnavailableError("first");
  };
  EXPECT_THAT(Walk(reads, 0, 11), StatusIs(absl::StatusCode::kUnavailable, "first"));
  EXPECT_THAT(seen_, IsEmpty());
}

TEST_F(EntryWalkTest, DamagedBlocksAreDataLoss) {
  blocks_[2][60] ^= 1;
  EXPECT_THAT(Walk(Reads(), 0, 11), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Walk(Reads(), 5, 11), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace repatriation
