#include "query_service/core/records/strength_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/query_service/core/testing/ledger_copy.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr auto kForce = v1::CATEGORY_FORCE;
constexpr auto kFormedPolice = v1::CATEGORY_FORMED_POLICE_UNIT;
constexpr auto kPolice = v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER;
constexpr auto kTroops = v1::CATEGORY_CONTINGENT_TROOPS;
constexpr auto kStaffOfficer = v1::CATEGORY_MILITARY_STAFF_OFFICER;
constexpr auto kUniformed = v1::CATEGORY_UNIFORMED;

People Those(v1::Category category, std::set<std::string> countries = {},
             std::set<std::string> sites = {}) {
  return {LeavesOf(category), std::move(countries), std::move(sites)};
}

class StrengthTablesTest : public ::testing::Test {
 protected:
  // Recorded at the next position.
  void Record(const v1::StrengthReport& row) {
    v1::Record record;
    *record.mutable_strength() = row;
    records_.push_back({static_cast<Position>(records_.size()) + 1, record});
  }
  void Row(v1::Category category, int32_t headcount, const std::string& country = "",
           const std::string& site = "") {
    Record(AStrength("un-monthly", "2023-06-30", headcount, country, site, category));
  }

  StrengthTables Tables(Position known_at = INT64_MAX) { return {records_, known_at}; }
  // Of the only table.
  absl::optional<int64_t> HeadcountOf(const People& people) {
    const StrengthTables tables = Tables();
    EXPECT_EQ(tables.tables().size(), 1u);
    return tables.tables().front().HeadcountOf(people);
  }
  std::string Chosen(absl::string_view series, absl::string_view as_of, absl::string_view start,
                     const People& people = Those(kUniformed)) {
    const StrengthTables tables = Tables();
    const StrengthTable* table =
        tables.Choose(series, ParseDay(as_of), ParseDay(start).value(), people);
    return table == nullptr ? "none" : Name(*table);
  }
  static std::string Name(const StrengthTable& table) {
    return absl::StrCat(std::string(table.series()), "@", FormatDay(table.as_of()));
  }

  std::deque<RecordBook::Record> records_;
};

TEST_F(StrengthTablesTest, WithoutRecordsThereIsNoTable) {
  EXPECT_TRUE(Tables().tables().empty());
  EXPECT_EQ(Chosen("", "", "2023-07-01"), "none");
}

// The UN's table of 30 June 2023, summed by category:
// https://peacekeeping.un.org/en/troop-and-police-contributors
TEST_F(StrengthTablesTest, AddsUpThePublishedTable) {
  Row(kTroops, 10'802, "TCD");
  Row(kFormedPolice, 1'306, "SEN");
  Row(kStaffOfficer, 502, "DEU");
  Row(kPolice, 285, "SEN");
  EXPECT_THAT(HeadcountOf(Those(kUniformed)), Optional(12'895));
  EXPECT_THAT(HeadcountOf(Those(kForce)), Optional(11'304));
  EXPECT_THAT(HeadcountOf(Those(v1::CATEGORY_UN_POLICE)), Optional(1'591));
  EXPECT_THAT(HeadcountOf(Those(kUniformed, {"SEN"})), Optional(1'591));
  EXPECT_THAT(HeadcountOf(Those(kUniformed, {"SEN", "DEU"})), Optional(2'093));
}

TEST_F(StrengthTablesTest, ALaterRowTakesThePlaceOfTheEarlierOneFromThenOn) {
  Row(kTroops, 100, "SEN");
  Row(kTroops, 90, "SEN");
  EXPECT_THAT(HeadcountOf(Those(kUniformed)), Optional(90));
  const StrengthTables before = Tables(1);
  EXPECT_THAT(before.tables().front().HeadcountOf(Those(kUniformed)), Optional(100));
  EXPECT_EQ(before.tables().front().last_position(), 1);
  EXPECT_EQ(Tables().tables().front().last_position(), 2);
  EXPECT_EQ(Tables().tables().front().row_count(), 1u);
}

TEST_F(StrengthTablesTest, WhatIsNotNamedBesideLeavesHadNobody) {
  Row(kTroops, 100, "SEN");
  EXPECT_THAT(HeadcountOf(Those(kPolice)), Optional(0));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"BFA"})), Optional(0));
  EXPECT_EQ(HeadcountOf(Those(v1::CATEGORY_CIVILIAN)), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Those(v1::CATEGORY_ALL)), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Those(v1::CATEGORY_NATIONAL_STAFF)), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Those(kTroops, {}, {"Gao"})), absl::nullopt);
}

TEST_F(StrengthTablesTest, ASumAloneSaysNothingOfItsParts) {
  Row(kUniformed, 12'947);
  EXPECT_THAT(HeadcountOf(Those(kUniformed)), Optional(12'947));
  EXPECT_EQ(HeadcountOf(Those(kTroops)), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Those(kUniformed, {"SEN"})), absl::nullopt);
}

TEST_F(StrengthTablesTest, NationalStaffThatNobodyCountsAreLeftOut) {
  Row(kTroops, 100, "SEN");
  Row(v1::CATEGORY_INTERNATIONAL_STAFF, 30);
  EXPECT_THAT(HeadcountOf(Those(v1::CATEGORY_ALL)), Optional(130));
  Row(v1::CATEGORY_NATIONAL_STAFF, 700);
  EXPECT_THAT(HeadcountOf(Those(v1::CATEGORY_ALL)), Optional(830));
  EXPECT_THAT(HeadcountOf(Those(v1::CATEGORY_NATIONAL_STAFF)), Optional(700));
}

TEST_F(StrengthTablesTest, ASumCountsAndNotItsPartsBesideIt) {
  Row(kFormedPolice, 1'306, "SEN");
  Row(kUniformed, 12'947);
  EXPECT_THAT(HeadcountOf(Those(kUniformed)), Optional(12'947)) << "one part is not the whole";
  EXPECT_THAT(HeadcountOf(Those(kFormedPolice)), Optional(1'306));
  EXPECT_THAT(HeadcountOf(Those(kUniformed, {"SEN"})), Optional(1'306));
}

TEST_F(StrengthTablesTest, ALeafWithoutCountriesIsNotKnownByCountry) {
  Row(kTroops, 10'802);
  Row(kPolice, 20, "SEN");
  Row(kPolice, 30, "BFA");
  EXPECT_THAT(HeadcountOf(Those(kUniformed)), Optional(10'852));
  EXPECT_THAT(HeadcountOf(Those(kPolice, {"SEN"})), Optional(20));
  EXPECT_THAT(HeadcountOf(Those(kFormedPolice, {"SEN"})), Optional(0));
  EXPECT_EQ(HeadcountOf(Those(kUniformed, {"SEN"})), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Those(kTroops, {"SEN"})), absl::nullopt);
}

TEST_F(StrengthTablesTest, ASumOfOneCountryCountsBesideThePartsOfAnother) {
  Row(kUniformed, 500, "SEN");
  Row(kTroops, 300, "SEN");
  Row(kTroops, 70, "BFA");
  Row(kStaffOfficer, 7, "BFA");
  EXPECT_THAT(HeadcountOf(Those(kUniformed)), Optional(577));
  EXPECT_THAT(HeadcountOf(Those(kTroops)), Optional(370));
}

TEST_F(StrengthTablesTest, ARowOfACountryStandsForItsSites) {
  Row(kTroops, 100, "SEN");
  Row(kTroops, 60, "SEN", "Gao");
  Row(kTroops, 50, "BFA", "Gao");
  Row(kTroops, 40, "BFA", "Ber");
  EXPECT_THAT(HeadcountOf(Those(kTroops)), Optional(190));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"BFA"})), Optional(90))
      << "another country's row without a site hides none of them";
  EXPECT_THAT(HeadcountOf(Those(kTroops, {}, {"Gao"})), Optional(110));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"SEN"}, {"Gao"})), Optional(60));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"SEN"}, {"Ber"})), Optional(0));
}

TEST_F(StrengthTablesTest, RowsBySiteAndRowsByCountryCountTheSamePeopleOnce) {
  Row(kTroops, 150, "", "Gao");
  Row(kTroops, 80, "SEN");
  Row(kTroops, 60, "BFA");
  EXPECT_THAT(HeadcountOf(Those(kTroops)), Optional(140));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {}, {"Gao"})), Optional(150));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"SEN"})), Optional(80));
}

// One camp's figure, as fresh as it may be, is not taken for the mission's.
TEST_F(StrengthTablesTest, ATableOfSitesAloneIsNoBaselineBesideAWholeOne) {
  Row(kTroops, 12'000);
  Record(AStrength("camp", "2023-07-01", 600, "DEU", "Gao", kTroops));
  const StrengthTables tables = Tables();
  const DayNumber start = *ParseDay("2023-07-01");
  EXPECT_EQ(tables.Choose("", absl::nullopt, start, Those(kTroops))->series(), "un-monthly");
  EXPECT_EQ(tables.Choose("", absl::nullopt, start, Those(kTroops, {}, {"Gao"}))->series(), "camp");
}

TEST_F(StrengthTablesTest, SaysNothingOfPeopleFromNobodyKnowsWhere) {
  Row(kTroops, 80, "SEN", "Gao");
  Row(kTroops, 20);
  EXPECT_EQ(HeadcountOf(Those(kTroops, {""})), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Those(kTroops, {}, {""})), absl::nullopt);
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"", "SEN"})), Optional(80));
}

TEST_F(StrengthTablesTest, CountsWomenWhereEveryRowDoes) {
  v1::StrengthReport row = AStrength("un-monthly", "2023-06-30", 140, "BGD", "", kFormedPolice);
  row.set_female(33);
  Record(row);
  const auto female_of = [this](const People& people) {
    return Tables().tables().front().FemaleOf(people);
  };
  EXPECT_THAT(female_of(Those(kUniformed)), Optional(33));
  Row(kTroops, 80, "SEN");
  EXPECT_EQ(female_of(Those(kUniformed)), absl::nullopt);
  EXPECT_THAT(female_of(Those(kUniformed, {"BGD"})), Optional(33));
}

TEST_F(StrengthTablesTest, ChoosesTheLatestTableUpToTheStart) {
  for (const char* day : {"2023-05-31", "2023-06-30", "2023-07-31"}) {
    Record(AStrength("un-monthly", day, 100, "SEN"));
  }
  EXPECT_EQ(Chosen("", "", "2023-07-01"), "un-monthly@2023-06-30");
  EXPECT_EQ(Chosen("", "", "2023-06-30"), "un-monthly@2023-06-30");
  EXPECT_EQ(Chosen("", "", "2023-06-29"), "un-monthly@2023-05-31");
  EXPECT_EQ(Chosen("", "", "2020-01-01"), "un-monthly@2023-05-31") << "the first one after it";
  EXPECT_EQ(Chosen("un-monthly", "2023-07-31", "2023-07-01"), "un-monthly@2023-07-31");
  EXPECT_EQ(Chosen("un-monthly", "2023-07-30", "2023-07-01"), "none");
  EXPECT_EQ(Chosen("un-weekly", "", "2023-07-01"), "none");
}

TEST_F(StrengthTablesTest, ChoosesBetweenSeriesByDayThenRowsThenName) {
  Record(AStrength("release", "2023-06-30", 12'947, "", "", kUniformed));
  Record(AStrength("article", "2023-06-30", 12'944, "", "", kUniformed));
  EXPECT_EQ(Chosen("", "", "2023-07-01"), "article@2023-06-30");
  Record(AStrength("un-monthly", "2023-06-30", 100, "SEN"));
  Record(AStrength("un-monthly", "2023-06-30", 100, "BFA"));
  EXPECT_EQ(Chosen("", "", "2023-07-01"), "un-monthly@2023-06-30");
  Record(AStrength("later", "2023-07-01", 12'000, "", "", kUniformed));
  EXPECT_EQ(Chosen("", "", "2023-07-01"), "later@2023-07-01");
  EXPECT_EQ(Chosen("", "2023-06-30", "2023-07-01"), "un-monthly@2023-06-30");
  EXPECT_EQ(Chosen("release", "", "2023-07-01"), "release@2023-06-30");
}

TEST_F(StrengthTablesTest, ChoosesATableThatSaysSomethingOfThePeople) {
  Record(AStrength("staff", "2023-06-01", 30, "", "", v1::CATEGORY_INTERNATIONAL_STAFF));
  Record(AStrength("staff", "2023-06-30", 100, "SEN"));
  EXPECT_EQ(Chosen("", "", "2023-07-01", Those(v1::CATEGORY_CIVILIAN)), "staff@2023-06-01");
  EXPECT_EQ(Chosen("", "", "2023-07-01", Those(v1::CATEGORY_NATIONAL_STAFF)), "staff@2023-06-30")
      << "none says anything";
}

// Looking at all rows for each site would take longer than a test may.
TEST_F(StrengthTablesTest, AnswersForEachOfVeryManySites) {
  constexpr int kSites = 300'000;
  for (int i = 0; i < kSites; ++i) Row(kTroops, 1 + i % 7, "SEN", absl::StrCat("Site ", i));
  const StrengthTables tables = Tables();
  for (int i = 0; i < kSites; ++i) {
    const std::string site = absl::StrCat("Site ", i);
    const StrengthTable& table = tables.tables().front();
    ASSERT_THAT(table.HeadcountOf(Those(kUniformed, {}, {site})), Optional(1 + i % 7)) << site;
    ASSERT_THAT(table.HeadcountOf(Those(kUniformed, {"SEN"}, {site})), Optional(1 + i % 7));
  }
}

TEST_F(StrengthTablesTest, AnswersAlikeByCountryAndBySite) {
  for (int i = 0; i < 10; ++i) Row(kTroops, 1, "SEN", absl::StrCat("Site ", i));
  for (int i = 0; i < 10; ++i) Row(kTroops, 10, absl::StrCat("C", i), "Gao");
  Row(kTroops, 100, "SEN", "Gao");
  Row(kTroops, 1'000, "", "Gao");
  Row(kTroops, 10'000, "SEN");
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"SEN"}, {"Gao"})), Optional(100));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"SEN"}, {"Gao", "Site 3", ""})), Optional(101));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"SEN", "C1", ""}, {"Gao"})), Optional(110));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"SEN"}, {"Site 3"})), Optional(1));
  EXPECT_THAT(HeadcountOf(Those(kTroops, {"C3"}, {"Gao"})), Optional(10));
}

TEST_F(StrengthTablesTest, ListsOneChoosableTableASeries) {
  Record(AStrength("un-monthly", "2023-05-31", 100, "SEN"));
  Record(AStrength("un-monthly", "2023-06-30", 100, "SEN"));
  Record(AStrength("release", "2023-06-30", 12'947, "", "", kUniformed));
  Record(AStrength("staff", "2023-06-30", 30, "", "", v1::CATEGORY_INTERNATIONAL_STAFF));
  const StrengthTables tables = Tables();
  std::vector<std::string> names;
  for (const StrengthTable* table :
       tables.Choosable(ParseDay("2023-07-01").value(), Those(kUniformed))) {
    names.push_back(Name(*table));
  }
  EXPECT_THAT(names, ElementsAre("release@2023-06-30", "un-monthly@2023-06-30"));
}

TEST_F(StrengthTablesTest, FindsTheLatestTableOfASeries) {
  Record(AStrength("un-monthly", "2023-05-31", 110, "SEN"));
  Record(AStrength("un-monthly", "2023-06-30", 100, "SEN"));
  const StrengthTables tables = Tables();
  const auto latest = [&](absl::string_view day) {
    const StrengthTable* table =
        tables.LatestOf("un-monthly", ParseDay(day).value(), Those(kUniformed));
    return table == nullptr ? "none" : Name(*table);
  };
  EXPECT_EQ(latest("2023-05-30"), "none");
  EXPECT_EQ(latest("2023-06-29"), "un-monthly@2023-05-31");
  EXPECT_EQ(latest("2023-12-31"), "un-monthly@2023-06-30");
}

}  // namespace
}  // namespace repatriation
