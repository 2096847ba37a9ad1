#include "common/id_index/id_table.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"

namespace repatriation {
namespace {

// `bits` bits at the top vary: few make long stretches, and some that find
// their slot only at the other end of the table.
TEST(IdTableTest, SortsAndFindsWhatItHolds) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937_64 random(seed);
  for (const int bits : {1, 3, 8, 64}) {
    for (const size_t size : {1, 2, 3, 100, 1'000}) {
      SCOPED_TRACE(absl::StrCat(bits, " bits, ", size, " ids"));
      IdTable table(size);
      std::vector<IdRecord> records;
      for (size_t i = 1; i <= size; ++i) {
        records.push_back({random() << (64 - bits), static_cast<Position>(i)});
        table.Add(records.back());
      }
      EXPECT_TRUE(table.full());
      for (const IdRecord& record : records) {
        std::vector<Position> found;
        table.Find(record.fingerprint, found);
        ASSERT_NE(std::find(found.begin(), found.end(), record.position), found.end());
      }
      std::sort(records.begin(), records.end());
      ASSERT_EQ(table.SortedRecords(), records);
    }
  }
}

TEST(IdTableTest, HoldsNothingAtFirst) {
  const IdTable table(1);
  EXPECT_TRUE(table.SortedRecords().empty());
  std::vector<Position> found;
  table.Find(~Fingerprint{0}, found);
  EXPECT_TRUE(found.empty());
}

}  // namespace
}  // namespace repatriation
