#include "query_service/core/view/quarantine_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/query_service/core/testing/ledger_copy.h"

namespace repatriation {
namespace {

constexpr auto kTroops = v1::CATEGORY_CONTINGENT_TROOPS;

CellKey AKey(v1::Kind kind, DayNumber day, TextId country = 2, TextId site = 0) {
  CellKey key;
  key.mission = 1;
  key.country = country;
  key.site = site;
  key.day = day;
  key.kind = kind;
  key.category = kTroops;
  return key;
}

TEST(QuarantineRuleTest, NothingExceedsWithoutStrength) {
  const QuarantineRule rule;
  EXPECT_TRUE(rule.empty());
  EXPECT_FALSE(rule.Exceeds(AKey(v1::KIND_REPATRIATION, 5), 100'000, {}));
}

TEST(QuarantineRuleTest, AddsHistoryOnceOnFirstRow) {
  QuarantineRule rule;
  int calls = 0;
  const auto add_history = [&] {
    ++calls;
    rule.AddChange(AKey(v1::KIND_REPATRIATION, 5), 30);
  };
  rule.AddStrength({1, 2, 0, kTroops}, 9, 4, 100, add_history);
  rule.AddStrength({1, 3, 0, kTroops}, 9, 4, 100, add_history);
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(rule.TracksMission(1));
  EXPECT_FALSE(rule.TracksMission(2));
  EXPECT_FALSE(rule.Exceeds(AKey(v1::KIND_REPATRIATION, 6), 70, {}));
  EXPECT_TRUE(rule.Exceeds(AKey(v1::KIND_REPATRIATION, 6), 71, {}));
}

TEST(QuarantineRuleTest, TableAppliesFromDayAfterItThroughDayOfNext) {
  QuarantineRule rule;
  rule.AddStrength({1, 2, 0, kTroops}, 9, 10, 100, [] {});
  rule.AddStrength({1, 2, 0, kTroops}, 9, 20, 50, [] {});
  rule.AddChange(AKey(v1::KIND_REPATRIATION, 10), 1);
  rule.AddChange(AKey(v1::KIND_REPATRIATION, 11), 2);
  rule.AddChange(AKey(v1::KIND_ARRIVAL, 20), 4);
  rule.AddChange(AKey(v1::KIND_SEPARATION, 21), 8);
  rule.AddChange(AKey(v1::KIND_DEATH, 22), 16);
  const QuarantineRule::Group group{1, 2, 0, kTroops};
  EXPECT_EQ(rule.LimitFor(group, 10, {}), absl::nullopt);
  const auto first = rule.LimitFor(group, 11, {});
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->as_of, 10);
  EXPECT_EQ(first->strength, 100);
  EXPECT_EQ(first->change, 2);
  EXPECT_EQ(rule.LimitFor(group, 20, {})->as_of, 10);
  EXPECT_EQ(rule.LimitFor(group, 21, {})->as_of, 20);
  EXPECT_EQ(rule.LimitFor(group, 21, {})->change, -24);
}

// Changes that the rule has not seen yet, those of the block being planned, have
// the same bounds as those that it has.
TEST(QuarantineRuleTest, ChangesOfTheSameBlockCountThroughTheNextTablesDay) {
  QuarantineRule rule;
  rule.AddStrength({1, 2, 0, kTroops}, 9, 10, 100, [] {});
  rule.AddStrength({1, 2, 0, kTroops}, 9, 20, 50, [] {});
  QuarantineRule::Changes more;
  QuarantineRule::AddChange(AKey(v1::KIND_REPATRIATION, 10), 1, more);
  QuarantineRule::AddChange(AKey(v1::KIND_REPATRIATION, 11), 2, more);
  QuarantineRule::AddChange(AKey(v1::KIND_REPATRIATION, 20), 4, more);
  QuarantineRule::AddChange(AKey(v1::KIND_REPATRIATION, 21), 8, more);
  QuarantineRule::AddChange(AKey(v1::KIND_ARRIVAL, 22), 16, more);
  const QuarantineRule::Group group{1, 2, 0, kTroops};
  EXPECT_EQ(rule.LimitFor(group, 20, more)->change, -2 - 4);
  EXPECT_EQ(rule.LimitFor(group, 21, more)->change, -8 + 16);
}

TEST(QuarantineRuleTest, AppliesOnlyToRowsWithCountryAndLeafCategory) {
  EXPECT_TRUE(QuarantineRule::AppliesTo(AStrength("s", "2023-06-30", 1, "SEN")));
  EXPECT_FALSE(QuarantineRule::AppliesTo(AStrength("s", "2023-06-30", 1)));
  EXPECT_FALSE(
      QuarantineRule::AppliesTo(AStrength("s", "2023-06-30", 1, "SEN", "", v1::CATEGORY_FORCE)));
}

TEST(QuarantineRuleTest, PlannedEventsAndArrivalsNeverExceed) {
  QuarantineRule rule;
  rule.AddStrength({1, 2, 0, kTroops}, 9, 10, 0, [] {});
  CellKey key = AKey(v1::KIND_REPATRIATION, 11);
  EXPECT_TRUE(rule.Exceeds(key, 1, {}));
  key.status = v1::EVENT_STATUS_PLANNED;
  EXPECT_FALSE(rule.Exceeds(key, 1, {}));
  EXPECT_FALSE(rule.Exceeds(AKey(v1::KIND_ARRIVAL, 11), 1, {}));
  EXPECT_FALSE(rule.Exceeds(AKey(v1::KIND_RELOCATION, 11), 1, {})) << "the site is unknown";
  EXPECT_FALSE(rule.Exceeds(AKey(v1::KIND_REPATRIATION, 11, /*country=*/0), 1, {}));
}

}  // namespace
}  // namespace repatriation
