#include "query_service/core/view/saved_totals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

// Totals as stored, and whether they take half the bytes.
struct Stored {
  std::vector<CellTotal> totals;
  bool small = false;
};
Stored Read(const TotalsSpan& span) {
  Stored stored;
  span.Visit([&](const auto& totals) {
    stored.small = sizeof(totals[0]) == sizeof(SmallTotal);
    for (const auto& total : totals) stored.totals.push_back(CellTotal(total));
  });
  EXPECT_EQ(span.size(), stored.totals.size());
  return stored;
}

class SavedTotalsTest : public ::testing::Test {
 protected:
  // Saves `totals` and reads them back.
  Stored Save(const std::vector<CellTotal>& totals) {
    saved_.Add(++count_, totals);
    return Read(saved_.Around(count_).before.totals);
  }

  SavedTotals saved_{nullptr};
  size_t count_ = 0;
};

TEST_F(SavedTotalsTest, RoundTripsLimitsOfSmallTotals) {
  const CellTotal small[] = {
      {0, 0, 0}, {INT32_MAX, 65'535, 65'535}, {INT32_MIN, 1, 0}, {-1, 65'535, 0}, {1, 0, 65'535}};
  for (const CellTotal& total : small) {
    const Stored stored = Save({{1, 1, 1}, total});
    EXPECT_THAT(stored.totals, ElementsAre(CellTotal{1, 1, 1}, total));
    EXPECT_TRUE(stored.small) << total.headcount << " " << total.events << " "
                              << total.whole_events;
  }
}

TEST_F(SavedTotalsTest, RoundTripsOneLargeTotalAmongSmallOnes) {
  const CellTotal large[] = {{int64_t{INT32_MAX} + 1, 1, 1},
                             {int64_t{INT32_MIN} - 1, 1, 1},
                             {int64_t{1} << 40, 1, 1},
                             {1, 65'536, 1},
                             {1, 1, 65'536},
                             {1, -1, 1},
                             {1, 1, -1},
                             {INT64_MIN, INT32_MIN, INT32_MAX}};
  for (const CellTotal& total : large) {
    const Stored stored = Save({{1, 1, 1}, total, {2, 2, 2}});
    EXPECT_THAT(stored.totals, ElementsAre(CellTotal{1, 1, 1}, total, CellTotal{2, 2, 2}));
    EXPECT_FALSE(stored.small) << total.headcount << " " << total.events << " "
                               << total.whole_events;
  }
}

TEST_F(SavedTotalsTest, FindsNeighboursOfACount) {
  const auto totals = [](size_t count) {
    // Every third one is large.
    const auto number = static_cast<int32_t>(count);
    return std::vector<CellTotal>(count, {number, count % 3 == 0 ? 1'000'000 : number, 0});
  };
  EXPECT_EQ(saved_.Around(0).before.count, 0);
  EXPECT_EQ(saved_.Around(0).after.count, SIZE_MAX);
  EXPECT_EQ(saved_.last_count(), 0);
  for (size_t count = 10; count <= 100; count += 10) saved_.Add(count, totals(count));
  EXPECT_EQ(saved_.last_count(), 100);
  for (size_t count = 0; count <= 110; ++count) {
    const SavedTotals::Neighbours around = saved_.Around(count);
    const size_t before = count / 10 * 10 > 100 ? 100 : count / 10 * 10;
    ASSERT_EQ(around.before.count, before) << count;
    ASSERT_THAT(Read(around.before.totals).totals, ElementsAreArray(totals(before))) << count;
    const size_t after = count < 100 ? before + 10 : SIZE_MAX;
    ASSERT_EQ(around.after.count, after) << count;
    ASSERT_THAT(Read(around.after.totals).totals,
                ElementsAreArray(count < 100 ? totals(after) : std::vector<CellTotal>()))
        << count;
  }
}

}  // namespace
}  // namespace repatriation
