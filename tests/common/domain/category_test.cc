#include "common/domain/category.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<v1::Category> ListOf(const CategorySet& set) {
  std::vector<v1::Category> list;
  for (size_t i = 0; i < set.size(); ++i) {
    if (set.test(i)) list.push_back(static_cast<v1::Category>(i));
  }
  return list;
}

std::vector<v1::Category> EveryCategory() {
  std::vector<v1::Category> all;
  for (int i = 0; i < v1::Category_descriptor()->value_count(); ++i) {
    all.push_back(static_cast<v1::Category>(v1::Category_descriptor()->value(i)->number()));
  }
  return all;
}

TEST(CategoryTest, LeavesAreTheEightCategoriesOfEvents) {
  std::vector<v1::Category> leaves;
  for (int i = -1; i <= 256; ++i) {
    const auto category = static_cast<v1::Category>(i);
    if (IsLeafCategory(category)) leaves.push_back(category);
  }
  EXPECT_THAT(leaves,
              ElementsAre(v1::CATEGORY_CONTINGENT_TROOPS, v1::CATEGORY_MILITARY_STAFF_OFFICER,
                          v1::CATEGORY_EXPERT_ON_MISSION, v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER,
                          v1::CATEGORY_FORMED_POLICE_UNIT, v1::CATEGORY_INTERNATIONAL_STAFF,
                          v1::CATEGORY_UN_VOLUNTEER, v1::CATEGORY_NATIONAL_STAFF));
}

TEST(CategoryTest, RollUpsContainTheirLeaves) {
  EXPECT_THAT(ListOf(LeavesOf(v1::CATEGORY_FORCE)),
              ElementsAre(v1::CATEGORY_CONTINGENT_TROOPS, v1::CATEGORY_MILITARY_STAFF_OFFICER));
  EXPECT_THAT(ListOf(LeavesOf(v1::CATEGORY_UN_POLICE)),
              ElementsAre(v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER, v1::CATEGORY_FORMED_POLICE_UNIT));
  EXPECT_THAT(ListOf(LeavesOf(v1::CATEGORY_UNIFORMED)),
              ElementsAre(v1::CATEGORY_CONTINGENT_TROOPS, v1::CATEGORY_MILITARY_STAFF_OFFICER,
                          v1::CATEGORY_EXPERT_ON_MISSION, v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER,
                          v1::CATEGORY_FORMED_POLICE_UNIT));
  EXPECT_THAT(ListOf(LeavesOf(v1::CATEGORY_CIVILIAN)),
              ElementsAre(v1::CATEGORY_INTERNATIONAL_STAFF, v1::CATEGORY_UN_VOLUNTEER));
}

TEST(CategoryTest, AllContainsEveryLeaf) {
  CategorySet every;
  for (const v1::Category category : EveryCategory()) {
    if (IsLeafCategory(category)) every.set(category);
  }
  EXPECT_EQ(LeavesOf(v1::CATEGORY_ALL), every);
}

TEST(CategoryTest, LeafContainsOnlyItself) {
  for (const v1::Category category : EveryCategory()) {
    if (!IsLeafCategory(category)) continue;
    EXPECT_THAT(ListOf(LeavesOf(category)), ElementsAre(category));
    EXPECT_THAT(AddendsOf(category), IsEmpty()) << v1::Category_Name(category);
  }
}

TEST(CategoryTest, UnknownCategoriesAreEmpty) {
  for (const int number : {-1, 0, 9, 19, 25, 31, 32, 255}) {
    const auto category = static_cast<v1::Category>(number);
    EXPECT_EQ(LeavesOf(category), CategorySet()) << number;
    EXPECT_THAT(AddendsOf(category), IsEmpty()) << number;
  }
}

TEST(CategoryTest, AddendsDoNotOverlap) {
  for (const v1::Category category : EveryCategory()) {
    CategorySet seen;
    for (const v1::Category addend : AddendsOf(category)) {
      EXPECT_EQ(seen & LeavesOf(addend), CategorySet())
          << v1::Category_Name(addend) << " in " << v1::Category_Name(category);
      seen |= LeavesOf(addend);
    }
    if (!AddendsOf(category).empty()) {
      EXPECT_EQ(seen, LeavesOf(category)) << v1::Category_Name(category);
    }
  }
}

TEST(CategoryTest, AddendsAreInTheOrderOfTheUnReleases) {
  EXPECT_THAT(AddendsOf(v1::CATEGORY_FORCE),
              ElementsAre(v1::CATEGORY_MILITARY_STAFF_OFFICER, v1::CATEGORY_CONTINGENT_TROOPS));
  EXPECT_THAT(AddendsOf(v1::CATEGORY_UN_POLICE),
              ElementsAre(v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER, v1::CATEGORY_FORMED_POLICE_UNIT));
  EXPECT_THAT(
      AddendsOf(v1::CATEGORY_UNIFORMED),
      ElementsAre(v1::CATEGORY_FORCE, v1::CATEGORY_UN_POLICE, v1::CATEGORY_EXPERT_ON_MISSION));
  EXPECT_THAT(AddendsOf(v1::CATEGORY_CIVILIAN),
              ElementsAre(v1::CATEGORY_INTERNATIONAL_STAFF, v1::CATEGORY_UN_VOLUNTEER));
  EXPECT_THAT(
      AddendsOf(v1::CATEGORY_ALL),
      ElementsAre(v1::CATEGORY_UNIFORMED, v1::CATEGORY_CIVILIAN, v1::CATEGORY_NATIONAL_STAFF));
}

TEST(CategoryTest, GroupIsTheNarrowestRollUp) {
  const struct {
    v1::Category leaf;
    v1::Category group;
  } kCases[] = {
      {v1::CATEGORY_CONTINGENT_TROOPS, v1::CATEGORY_FORCE},
      {v1::CATEGORY_MILITARY_STAFF_OFFICER, v1::CATEGORY_FORCE},
      {v1::CATEGORY_EXPERT_ON_MISSION, v1::CATEGORY_EXPERT_ON_MISSION},
      {v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER, v1::CATEGORY_UN_POLICE},
      {v1::CATEGORY_FORMED_POLICE_UNIT, v1::CATEGORY_UN_POLICE},
      {v1::CATEGORY_INTERNATIONAL_STAFF, v1::CATEGORY_CIVILIAN},
      {v1::CATEGORY_UN_VOLUNTEER, v1::CATEGORY_CIVILIAN},
      {v1::CATEGORY_NATIONAL_STAFF, v1::CATEGORY_NATIONAL_STAFF},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(v1::Category_Name(GroupOf(c.leaf)), v1::Category_Name(c.group))
        << v1::Category_Name(c.leaf);
  }
}

}  // namespace
}  // namespace repatriation
