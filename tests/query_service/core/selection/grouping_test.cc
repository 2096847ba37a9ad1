#include "query_service/core/selection/grouping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/errors.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/views.h"

namespace repatriation {
namespace {

absl::StatusOr<Grouping> Make(const std::vector<int>& dimensions) {
  return Grouping::Make({dimensions.begin(), dimensions.end()});
}

TEST(GroupingTest, RefusesInvalidDimensions) {
  const auto reason = [](const std::vector<int>& dimensions) {
    const absl::Status status = Make(dimensions).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
    return ReasonOf(status);
  };
  EXPECT_EQ(reason({v1::DIMENSION_UNSPECIFIED}), "UNKNOWN_VALUE");
  EXPECT_EQ(reason({11}), "UNKNOWN_VALUE");
  EXPECT_EQ(reason({-1}), "UNKNOWN_VALUE");
  EXPECT_EQ(reason({v1::DIMENSION_SITE, v1::DIMENSION_SITE}), "REPEATED");
  EXPECT_EQ(reason({v1::DIMENSION_CATEGORY, v1::DIMENSION_CATEGORY_GROUP}), "CONFLICT");
  EXPECT_EQ(reason({v1::DIMENSION_CATEGORY_GROUP, v1::DIMENSION_SEX, v1::DIMENSION_CATEGORY}),
            "CONFLICT");
}

TEST(GroupingTest, ErrorsNameTheIndex) {
  EXPECT_THAT(Make({v1::DIMENSION_SITE, 99}),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("group_by[1]")));
}

TEST(GroupingTest, NoDimensionsIsOneGroup) {
  const auto grouping = Make({});
  ASSERT_THAT(grouping, IsOk());
  EXPECT_EQ(grouping->ValuesOf(CellKey()), GroupValues());
  EXPECT_FALSE(grouping->by_sex());
}

TEST(GroupingTest, OnlySexSplitsEvents) {
  EXPECT_TRUE(Make({v1::DIMENSION_SITE, v1::DIMENSION_SEX})->by_sex());
  EXPECT_FALSE(Make({v1::DIMENSION_SITE, v1::DIMENSION_KIND})->by_sex());
}

class GroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Text ids are in order of appearance, not sorted.
    ASSERT_THAT(filled_.Apply({AnEvent("a", AContent(1, kFemaleUnknown, "Mopti")),
                               AnEvent("b", AContent(1, kFemaleUnknown, "Ber")),
                               AnEvent("c", AContent(1, kFemaleUnknown, "Ménaka"))}),
                IsOk());
  }

  CellKey KeyOf(absl::string_view site, v1::Category category = v1::CATEGORY_CONTINGENT_TROOPS) {
    CellKey key;
    const LedgerView::Reader reader(filled_.view());
    key.mission = *reader.FindText("MINUSMA");
    key.site = *reader.FindText(site);
    key.kind = v1::KIND_REPATRIATION;
    key.category = category;
    key.sex = v1::SEX_UNKNOWN;
    return key;
  }

  std::string GroupOf(const std::vector<int>& dimensions, const CellKey& key) {
    const auto grouping = Make(dimensions);
    EXPECT_THAT(grouping, IsOk());
    v1::Group group;
    grouping->ToProto(grouping->ValuesOf(key), LedgerView::Reader(filled_.view()), &group);
    return group.ShortDebugString();
  }

  FilledView filled_;
};

TEST_F(GroupTest, HasTheValuesOfItsDimensionsOnly) {
  const CellKey key = KeyOf("Mopti");
  EXPECT_EQ(GroupOf({}, key), "");
  EXPECT_EQ(GroupOf({v1::DIMENSION_MISSION}, key), "mission: \"MINUSMA\"");
  EXPECT_EQ(GroupOf({v1::DIMENSION_KIND}, key), "kind: KIND_REPATRIATION");
  EXPECT_EQ(GroupOf({v1::DIMENSION_SEX}, key), "sex: SEX_UNKNOWN");
  EXPECT_EQ(GroupOf({v1::DIMENSION_SITE, v1::DIMENSION_CATEGORY}, key),
            "category: CATEGORY_CONTINGENT_TROOPS site: \"Mopti\"");
  // An unknown value is a group of its own, different from an unset field.
  EXPECT_EQ(GroupOf({v1::DIMENSION_COUNTRY}, key), "country: \"\"");
  EXPECT_EQ(GroupOf({v1::DIMENSION_DESTINATION_SITE}, key), "destination_site: \"\"");
  EXPECT_EQ(GroupOf({v1::DIMENSION_UNIT}, key), "unit: \"\"");
}

TEST_F(GroupTest, CategoryGroupIsTheNarrowestRollUp) {
  const auto group = [&](v1::Category leaf) {
    return GroupOf({v1::DIMENSION_CATEGORY_GROUP}, KeyOf("Ber", leaf));
  };
  EXPECT_EQ(group(v1::CATEGORY_CONTINGENT_TROOPS), "category: CATEGORY_FORCE");
  EXPECT_EQ(group(v1::CATEGORY_MILITARY_STAFF_OFFICER), "category: CATEGORY_FORCE");
  EXPECT_EQ(group(v1::CATEGORY_EXPERT_ON_MISSION), "category: CATEGORY_EXPERT_ON_MISSION");
  EXPECT_EQ(group(v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER), "category: CATEGORY_UN_POLICE");
  EXPECT_EQ(group(v1::CATEGORY_FORMED_POLICE_UNIT), "category: CATEGORY_UN_POLICE");
  EXPECT_EQ(group(v1::CATEGORY_INTERNATIONAL_STAFF), "category: CATEGORY_CIVILIAN");
  EXPECT_EQ(group(v1::CATEGORY_UN_VOLUNTEER), "category: CATEGORY_CIVILIAN");
  EXPECT_EQ(group(v1::CATEGORY_NATIONAL_STAFF), "category: CATEGORY_NATIONAL_STAFF");
}

TEST_F(GroupTest, OrdersTextsByTheirBytesAndEnumsByNumber) {
  const auto less = [&](const std::vector<int>& dimensions, const CellKey& a, const CellKey& b) {
    const auto grouping = Make(dimensions);
    return grouping->Less(grouping->ValuesOf(a), grouping->ValuesOf(b),
                          LedgerView::Reader(filled_.view()));
  };
  const std::vector<int> by_site = {v1::DIMENSION_SITE};
  EXPECT_TRUE(less(by_site, KeyOf("Ber"), KeyOf("Mopti")));
  EXPECT_FALSE(less(by_site, KeyOf("Mopti"), KeyOf("Ber")));
  EXPECT_TRUE(less(by_site, KeyOf("Mopti"), KeyOf("Ménaka")));
  EXPECT_TRUE(less(by_site, KeyOf(""), KeyOf("Ber")));
  EXPECT_FALSE(less(by_site, KeyOf("Ber"), KeyOf("Ber")));
  const std::vector<int> by_both = {v1::DIMENSION_CATEGORY, v1::DIMENSION_SITE};
  EXPECT_TRUE(less(by_both, KeyOf("Mopti", v1::CATEGORY_CONTINGENT_TROOPS),
                   KeyOf("Ber", v1::CATEGORY_UN_VOLUNTEER)));
  EXPECT_TRUE(less(by_both, KeyOf("Ber"), KeyOf("Mopti")));
}

TEST(FigureSumTest, CountsEventsOnceUnlessBySex) {
  FigureSum sum;
  sum.Add(CellTotal{2, 1, 1});  // the women of an event
  sum.Add(CellTotal{3, 1, 0});  // and its men
  v1::Figure figure;
  sum.ToProto(/*by_sex=*/false, &figure);
  EXPECT_EQ(figure.ShortDebugString(), "headcount: 5 events: 1");
  sum.ToProto(/*by_sex=*/true, &figure);
  EXPECT_EQ(figure.ShortDebugString(), "headcount: 5 events: 2");
}

}  // namespace
}  // namespace repatriation
