#include "common/storage/flush_pace.h"

#include <gtest/gtest.h>

namespace repatriation {
namespace {

constexpr size_t kMegabyte = size_t{1} << 20;

TEST(FlushPaceTest, IsTwiceTheIncomingRate) {
  FlushPace pace;
  uint64_t now_us = 5'000'000;
  EXPECT_FALSE(pace.RecordWrite(kMegabyte, now_us).has_value());
  for (int i = 0; i < 9; ++i) {
    EXPECT_FALSE(pace.RecordWrite(kMegabyte, now_us += 10'000).has_value()) << i;
  }
  // Ten megabytes, and this one, in a tenth of a second.
  const auto first = pace.RecordWrite(kMegabyte, now_us += 10'000);
  ASSERT_TRUE(first.has_value());
  EXPECT_NEAR(static_cast<double>(*first), 220.0 * kMegabyte, kMegabyte);
  // The next window, twice as long.
  const auto second = pace.RecordWrite(12 * kMegabyte, now_us += 200'000);
  ASSERT_TRUE(second.has_value());
  EXPECT_NEAR(static_cast<double>(*second), 120.0 * kMegabyte, kMegabyte);
}

TEST(FlushPaceTest, StaysWithinItsLimits) {
  FlushPace pace;
  pace.RecordWrite(0, 1);
  EXPECT_EQ(pace.RecordWrite(1, 3'600'000'000), FlushPace::kMin);
  EXPECT_EQ(pace.RecordWrite(size_t{1} << 40, 3'600'100'000), FlushPace::kMax);
}

}  // namespace
}  // namespace repatriation
