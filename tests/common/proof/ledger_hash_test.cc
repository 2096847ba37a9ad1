#include "common/proof/ledger_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/errors.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

class LedgerHashTest : public ::testing::Test {
 protected:
  LedgerHashTest() {
    for (int i = 0; i < 3; ++i) blocks_.push_back(chain_.Next(10));
  }

  absl::StatusOr<v1::GetLedgerHashResponse> HashAt(Position position) const {
    v1::GetLedgerHashRequest request;
    request.set_position(position);
    return LedgerHashAt(request, chain_.id(), 30,
                        [&](Position asked) -> absl::StatusOr<std::string> {
                          if (!failure_.ok()) return failure_;
                          return blocks_[static_cast<size_t>((asked - 1) / 10)];
                        });
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  RandomChain chain_{seed_};
  std::vector<std::string> blocks_;
  absl::Status failure_;
};

TEST_F(LedgerHashTest, ReturnsTheHashOfTheBlockOfThePosition) {
  for (const auto& [position, end] : std::vector<std::pair<Position, Position>>{
           {1, 10}, {10, 10}, {11, 20}, {15, 20}, {30, 30}, {0, 30}}) {
    const auto response = HashAt(position);
    ASSERT_THAT(response, IsOk()) << position;
    const Block block = Block::Parse(blocks_[static_cast<size_t>(end / 10 - 1)]).value();
    EXPECT_EQ(response->ledger_id(), chain_.id().ToString());
    EXPECT_EQ(response->position(), end);
    EXPECT_EQ(response->hash(), Hex(block.hash()));
    EXPECT_EQ(
        response->recorded_time().seconds() * 1'000'000 + response->recorded_time().nanos() / 1000,
        block.recorded_time_us());
    EXPECT_EQ(response->last_position(), 30);
  }
}

TEST_F(LedgerHashTest, IsZeroForAnEmptyLedger) {
  const auto response =
      LedgerHashAt({}, LedgerId(), 0, [](Position) -> absl::StatusOr<std::string> {
        return absl::InternalError("there is nothing to read");
      });
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->ledger_id(), "");
  EXPECT_EQ(response->position(), 0);
  EXPECT_EQ(response->hash(), std::string(64, '0'));
  EXPECT_FALSE(response->has_recorded_time());
}

TEST_F(LedgerHashTest, RejectsNegativePositionsAndThoseBeyondTheEnd) {
  EXPECT_THAT(HashAt(-1), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("position")));
  const auto beyond = HashAt(31);
  EXPECT_THAT(beyond, StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("30")));
  EXPECT_EQ(ReasonOf(beyond.status()), "POSITION_AHEAD_OF_LEDGER");
}

TEST_F(LedgerHashTest, ReturnsReadErrors) {
  failure_ = absl::DataLossError("damaged");
  EXPECT_THAT(HashAt(5), StatusIs(absl::StatusCode::kDataLoss, "damaged"));
}

}  // namespace
}  // namespace repatriation
