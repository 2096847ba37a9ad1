#include "tools/repatctl/fields/request_flags.h"

#include <gmock/gmock.h>

#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(FilterFrom, NoFlagsGiveAnEmptyFilter) {
  const auto filter = FilterFrom({});
  ASSERT_THAT(filter, IsOk());
  EXPECT_EQ(filter->ByteSizeLong(), 0u) << filter->DebugString();
}

TEST(FilterFrom, AcceptsListsAndRepeatedFlags) {
  FilterFlags flags;
  flags.mission = {"MINUSMA"};
  flags.country = {"SEN,BGD", "unspecified"};
  flags.site = {"\"Mopti, Sévaré\",Gao"};
  flags.destination_site = {"Gao"};
  flags.unit = {""};
  flags.category = {"uniformed,un_volunteer"};
  flags.sex = "female";
  const auto filter = FilterFrom(flags);
  ASSERT_THAT(filter, IsOk());
  EXPECT_THAT(filter->missions(), ElementsAre("MINUSMA"));
  EXPECT_THAT(filter->countries(), ElementsAre("SEN", "BGD", ""));
  EXPECT_THAT(filter->sites(), ElementsAre("Mopti, Sévaré", "Gao"));
  EXPECT_THAT(filter->destination_sites(), ElementsAre("Gao"));
  EXPECT_THAT(filter->units(), ElementsAre(""));
  EXPECT_THAT(filter->categories(), ElementsAre(v1::CATEGORY_UNIFORMED, v1::CATEGORY_UN_VOLUNTEER));
  EXPECT_EQ(filter->sex(), v1::SEX_FEMALE);
  EXPECT_FALSE(filter->has_days());
}

TEST(FilterFrom, KindAllIsEveryKind) {
  FilterFlags flags;
  flags.kind = {"all"};
  EXPECT_THAT(FilterFrom(flags)->kinds(),
              ElementsAre(v1::KIND_REPATRIATION, v1::KIND_RELOCATION, v1::KIND_ARRIVAL,
                          v1::KIND_SEPARATION, v1::KIND_DEATH));
  flags.kind = {"death", "arrival,all"};
  EXPECT_THAT(FilterFrom(flags)->kinds(), SizeIs(5));
  flags.kind = {"death,arrival"};
  EXPECT_THAT(FilterFrom(flags)->kinds(), ElementsAre(v1::KIND_DEATH, v1::KIND_ARRIVAL));
}

TEST(FilterFrom, ErrorsNameTheFlagAndTheValues) {
  FilterFlags flags;
  flags.kind = {"departure"};
  EXPECT_THAT(FilterFrom(flags),
              StatusIs(kInvalid, AllOf(HasSubstr("--kind"), HasSubstr("\"departure\""),
                                       HasSubstr("repatriation, relocation"))));
  flags = {};
  flags.category = {"unspecified"};
  EXPECT_THAT(FilterFrom(flags), StatusIs(kInvalid, HasSubstr("--category")));
  flags = {};
  flags.site = {"\xff"};
  EXPECT_THAT(FilterFrom(flags), StatusIs(kInvalid, HasSubstr("--site")));
  flags = {};
  flags.unit = {"\"open"};
  EXPECT_THAT(FilterFrom(flags), StatusIs(kInvalid, HasSubstr("--unit")));
  flags = {};
  flags.from = "2023-02-29";
  EXPECT_THAT(FilterFrom(flags), StatusIs(kInvalid, HasSubstr("--from")));
  flags = {};
  flags.to = "1.2.2023";
  EXPECT_THAT(FilterFrom(flags), StatusIs(kInvalid, HasSubstr("--to")));
}

TEST(FilterFrom, EitherEndOfTheDaysMayBeOpen) {
  FilterFlags flags;
  flags.to = "2023-09-28";
  const auto filter = FilterFrom(flags);
  ASSERT_THAT(filter, IsOk());
  EXPECT_EQ(filter->days().from(), "");
  EXPECT_EQ(filter->days().to(), "2023-09-28");
}

TEST(ReadOptionsFrom, AcceptsAPositionOrATime) {
  EXPECT_EQ(ReadOptionsFrom({"", 0})->ByteSizeLong(), 0u);
  EXPECT_EQ(ReadOptionsFrom({"", 7})->min_position(), 7);
  const auto position = ReadOptionsFrom({"0", 0});
  ASSERT_THAT(position, IsOk());
  EXPECT_EQ(position->known_at_case(), v1::ReadOptions::kKnownAtPosition);
  EXPECT_EQ(position->known_at_position(), 0);
  const auto time = ReadOptionsFrom({"2023-09-05T02:00:00.5+02:00", 0});
  ASSERT_THAT(time, IsOk());
  EXPECT_EQ(time->known_at_time().seconds(), 1'693'872'000);
  EXPECT_EQ(time->known_at_time().nanos(), 500'000'000);
}

TEST(ReadOptionsFrom, RejectsOtherText) {
  for (const char* text : {"-1", "2023-09-05", "yesterday", "2023-09-05 00:00:00", "1e3",
                           "99999999999999999999", "2023-02-29T00:00:00Z"}) {
    EXPECT_THAT(ReadOptionsFrom({text, 0}), StatusIs(kInvalid, HasSubstr("--known_at"))) << text;
  }
}

TEST(DimensionsFrom, KeepsTheOrder) {
  EXPECT_THAT(*DimensionsFrom({"site,category_group", "mission"}),
              ElementsAre(v1::DIMENSION_SITE, v1::DIMENSION_CATEGORY_GROUP, v1::DIMENSION_MISSION));
  EXPECT_THAT(*DimensionsFrom({}), IsEmpty());
  EXPECT_THAT(DimensionsFrom({"colour"}), StatusIs(kInvalid, HasSubstr("--group_by")));
}

TEST(BucketFrom, AcceptsOnlyKnownBuckets) {
  EXPECT_EQ(*BucketFrom("week"), v1::BUCKET_WEEK);
  EXPECT_THAT(BucketFrom("year"), StatusIs(kInvalid, HasSubstr("--bucket")));
}

TEST(ApplyEventFlags, ChangesOnlyTheGivenFields) {
  v1::Event event;
  event.set_mission("M");
  event.set_country("SEN");
  event.set_site("Gao");
  event.set_female(3);
  event.set_headcount(10);
  const auto error = ApplyEventFlags({{*EventColumnOf("headcount"), "11"},
                                      {*EventColumnOf("country"), "unspecified"},
                                      {*EventColumnOf("female"), ""},
                                      {*EventColumnOf("source"), "unspecified"}},
                                     event);
  EXPECT_FALSE(error.has_value());
  EXPECT_EQ(event.mission(), "M");
  EXPECT_EQ(event.country(), "");
  EXPECT_EQ(event.site(), "Gao");
  EXPECT_FALSE(event.has_female());
  EXPECT_EQ(event.headcount(), 11);
  EXPECT_EQ(event.source(), "unspecified") << "free text is taken literally";
}

TEST(ApplyEventFlags, ErrorNamesTheFlag) {
  v1::Event event;
  const auto error = ApplyEventFlags({{*EventColumnOf("headcount"), "many"}}, event);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->field, "headcount");
  EXPECT_EQ(error->reason, "NOT_AN_INTEGER");
}

}  // namespace
}  // namespace repatriation
