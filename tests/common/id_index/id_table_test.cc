#include "common/id_index/id_table.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"

namespace repatriation {
namespace {

// Only the top `bits` bits vary: few of them cause long clusters, some of which wrap
// around the end of the table.
TEST(IdTableTest, SortsAndFindsItsRecords) {
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

TEST(IdTableTest, CanBeReusedAfterClear) {
  IdTable table(3);
  for (Position position = 1; position <= 3; ++position) {
    table.Add({~Fingerprint{0} - static_cast<Fingerprint>(position), position});
  }
  table.Clear();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_TRUE(table.SortedRecords().empty());
  table.Add({7, 100});
  EXPECT_EQ(table.first_position(), 100);
  EXPECT_EQ(table.last_position(), 100);
  EXPECT_EQ(table.SortedRecords(), (std::vector<IdRecord>{{7, 100}}));
}

TEST(IdTableTest, IsInitiallyEmpty) {
  const IdTable table(1);
  EXPECT_TRUE(table.SortedRecords().empty());
  std::vector<Position> found;
  table.Find(~Fingerprint{0}, found);
  EXPECT_TRUE(found.empty());
}

}  // namespace
}  // namespace repatriation
