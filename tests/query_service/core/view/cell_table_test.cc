#include "query_service/core/view/cell_table.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>
#include <vector>

namespace repatriation {
namespace {

CellKey KeyOf(uint32_t number) {
  CellKey key;
  key.mission = 1 + number % 3;
  key.country = 1 + number / 3 % 120;
  key.day = static_cast<DayNumber>(number / 360);
  key.kind = v1::KIND_REPATRIATION;
  return key;
}

absl::optional<uint32_t> FindIn(const CellTable& table, const CellKey& key) {
  return table.Find(key, CellTable::HashOf(key));
}

TEST(CellTableTest, EmptyTableFindsNothing) {
  const CellTable table(nullptr);
  EXPECT_TRUE(table.cells().empty());
  EXPECT_EQ(FindIn(table, KeyOf(1)), absl::nullopt);
}

// Checks all added and some missing keys after each addition.
TEST(CellTableTest, FindsAddedKeysAtEverySize) {
  CellTable table(nullptr);
  for (uint32_t size = 0; size < 600; ++size) {
    for (uint32_t number = 0; number < 605; ++number) {
      const auto found = FindIn(table, KeyOf(number));
      ASSERT_EQ(found, number < size ? absl::make_optional(number) : absl::nullopt) << size;
    }
    const auto added = table.Add(KeyOf(size), CellTable::HashOf(KeyOf(size)));
    ASSERT_TRUE(added.is_new);
    ASSERT_EQ(added.number, size);
  }
}

TEST(CellTableTest, VisitAllAllowsAddingKeys) {
  CellTable table(nullptr);
  std::vector<CellKey> keys;
  for (uint32_t number = 0; number < 500; ++number) keys.push_back(KeyOf(number % 400));
  size_t visited = 0;
  table.VisitAll(keys, [&](size_t i, uint32_t hash) {
    ASSERT_EQ(i, visited++);
    ASSERT_EQ(hash, CellTable::HashOf(keys[i]));
    ASSERT_EQ(table.Add(keys[i], hash).number, i % 400);
  });
  EXPECT_EQ(visited, keys.size());
}

TEST(CellTableTest, AgreesWithUnorderedMap) {
  PagePreparer preparer;
  CellTable table(&preparer);
  std::unordered_map<CellKey, uint32_t, CellKeyHash> model;
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 1'000'000; ++i) {
    const CellKey key = KeyOf(random() % 300'000);
    const auto [expected, is_new] = model.try_emplace(key, static_cast<uint32_t>(model.size()));
    const auto added = table.Add(key, CellTable::HashOf(key));
    ASSERT_EQ(added.number, expected->second);
    ASSERT_EQ(added.is_new, is_new);
  }
  ASSERT_EQ(table.cells().size(), model.size());
  for (const auto& [key, number] : model) {
    ASSERT_EQ(FindIn(table, key), number);
    ASSERT_EQ(table.cells()[number], key);
  }
  for (uint32_t number = 300'000; number < 400'000; ++number) {
    ASSERT_EQ(FindIn(table, KeyOf(number)), absl::nullopt);
  }
}

}  // namespace
}  // namespace repatriation
