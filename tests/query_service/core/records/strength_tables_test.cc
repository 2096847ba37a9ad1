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

People Select(v1::Category category, std::set<std::string> countries = {},
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
  // In the only table.
  absl::optional<int64_t> HeadcountOf(const People& people) {
    const StrengthTables tables = Tables();
    EXPECT_EQ(tables.tables().size(), 1u);
    return tables.tables().front().HeadcountOf(people);
  }
  std::string Chosen(absl::string_view series, absl::string_view as_of, absl::string_view start,
                     const People& people = Select(kUniformed)) {
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

TEST_F(StrengthTablesTest, NoTablesWithoutRecords) {
  EXPECT_TRUE(Tables().tables().empty());
  EXPECT_EQ(Chosen("", "", "2023-07-01"), "none");
}

// The UN's table of 30 June 2023, summed by category:
// https://peacekeeping.un.org/en/troop-and-police-contributors
TEST_F(StrengthTablesTest, SumsThePublishedTable) {
  Row(kTroops, 10'802, "TCD");
  Row(kFormedPolice, 1'306, "SEN");
  Row(kStaffOfficer, 502, "DEU");
  Row(kPolice, 285, "SEN");
  EXPECT_THAT(HeadcountOf(Select(kUniformed)), Optional(12'895));
  EXPECT_THAT(HeadcountOf(Select(kForce)), Optional(11'304));
  EXPECT_THAT(HeadcountOf(Select(v1::CATEGORY_UN_POLICE)), Optional(1'591));
  EXPECT_THAT(HeadcountOf(Select(kUniformed, {"SEN"})), Optional(1'591));
  EXPECT_THAT(HeadcountOf(Select(kUniformed, {"SEN", "DEU"})), Optional(2'093));
}

TEST_F(StrengthTablesTest, LaterRowReplacesEarlierOne) {
  Row(kTroops, 100, "SEN");
  Row(kTroops, 90, "SEN");
  EXPECT_THAT(HeadcountOf(Select(kUniformed)), Optional(90));
  const StrengthTables before = Tables(1);
  EXPECT_THAT(before.tables().front().HeadcountOf(Select(kUniformed)), Optional(100));
  EXPECT_EQ(before.tables().front().last_position(), 1);
  EXPECT_EQ(Tables().tables().front().last_position(), 2);
  EXPECT_EQ(Tables().tables().front().row_count(), 1u);
}

TEST_F(StrengthTablesTest, TableWithLeavesIsComplete) {
  Row(kTroops, 100, "SEN");
  EXPECT_THAT(HeadcountOf(Select(kPolice)), Optional(0));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"BFA"})), Optional(0));
  EXPECT_EQ(HeadcountOf(Select(v1::CATEGORY_CIVILIAN)), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Select(v1::CATEGORY_ALL)), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Select(v1::CATEGORY_NATIONAL_STAFF)), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Select(kTroops, {}, {"Gao"})), absl::nullopt);
}

TEST_F(StrengthTablesTest, SumAloneDoesNotCoverItsParts) {
  Row(kUniformed, 12'947);
  EXPECT_THAT(HeadcountOf(Select(kUniformed)), Optional(12'947));
  EXPECT_EQ(HeadcountOf(Select(kTroops)), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Select(kUniformed, {"SEN"})), absl::nullopt);
}

TEST_F(StrengthTablesTest, UnreportedNationalStaffDoNotCount) {
  Row(kTroops, 100, "SEN");
  Row(v1::CATEGORY_INTERNATIONAL_STAFF, 30);
  EXPECT_THAT(HeadcountOf(Select(v1::CATEGORY_ALL)), Optional(130));
  Row(v1::CATEGORY_NATIONAL_STAFF, 700);
  EXPECT_THAT(HeadcountOf(Select(v1::CATEGORY_ALL)), Optional(830));
  EXPECT_THAT(HeadcountOf(Select(v1::CATEGORY_NATIONAL_STAFF)), Optional(700));
}

TEST_F(StrengthTablesTest, SumCountsInsteadOfItsParts) {
  Row(kFormedPolice, 1'306, "SEN");
  Row(kUniformed, 12'947);
  EXPECT_THAT(HeadcountOf(Select(kUniformed)), Optional(12'947)) << "one part is not the whole";
  EXPECT_THAT(HeadcountOf(Select(kFormedPolice)), Optional(1'306));
  EXPECT_THAT(HeadcountOf(Select(kUniformed, {"SEN"})), Optional(1'306));
}

TEST_F(StrengthTablesTest, LeafWithoutCountriesIsUnknownByCountry) {
  Row(kTroops, 10'802);
  Row(kPolice, 20, "SEN");
  Row(kPolice, 30, "BFA");
  EXPECT_THAT(HeadcountOf(Select(kUniformed)), Optional(10'852));
  EXPECT_THAT(HeadcountOf(Select(kPolice, {"SEN"})), Optional(20));
  EXPECT_THAT(HeadcountOf(Select(kFormedPolice, {"SEN"})), Optional(0));
  EXPECT_EQ(HeadcountOf(Select(kUniformed, {"SEN"})), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Select(kTroops, {"SEN"})), absl::nullopt);
}

TEST_F(StrengthTablesTest, SumOfOneCountryAndPartsOfAnotherBothCount) {
  Row(kUniformed, 500, "SEN");
  Row(kTroops, 300, "SEN");
  Row(kTroops, 70, "BFA");
  Row(kStaffOfficer, 7, "BFA");
  EXPECT_THAT(HeadcountOf(Select(kUniformed)), Optional(577));
  EXPECT_THAT(HeadcountOf(Select(kTroops)), Optional(370));
}

TEST_F(StrengthTablesTest, RowOfCountryIncludesItsSites) {
  Row(kTroops, 100, "SEN");
  Row(kTroops, 60, "SEN", "Gao");
  Row(kTroops, 50, "BFA", "Gao");
  Row(kTroops, 40, "BFA", "Ber");
  EXPECT_THAT(HeadcountOf(Select(kTroops)), Optional(190));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"BFA"})), Optional(90))
      << "another country's row without a site does not replace them";
  EXPECT_THAT(HeadcountOf(Select(kTroops, {}, {"Gao"})), Optional(110));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"SEN"}, {"Gao"})), Optional(60));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"SEN"}, {"Ber"})), Optional(0));
}

TEST_F(StrengthTablesTest, RowsBySiteAndByCountryCountPeopleOnce) {
  Row(kTroops, 150, "", "Gao");
  Row(kTroops, 80, "SEN");
  Row(kTroops, 60, "BFA");
  EXPECT_THAT(HeadcountOf(Select(kTroops)), Optional(140));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {}, {"Gao"})), Optional(150));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"SEN"})), Optional(80));
}

// One camp's figure must not be used as the mission's, even if it is more recent.
TEST_F(StrengthTablesTest, PrefersTableOfWholeMissionToTableBySite) {
  Row(kTroops, 12'000);
  Record(AStrength("camp", "2023-07-01", 600, "DEU", "Gao", kTroops));
  const StrengthTables tables = Tables();
  const DayNumber start = *ParseDay("2023-07-01");
  EXPECT_EQ(tables.Choose("", absl::nullopt, start, Select(kTroops))->series(), "un-monthly");
  EXPECT_EQ(tables.Choose("", absl::nullopt, start, Select(kTroops, {}, {"Gao"}))->series(),
            "camp");
}

TEST_F(StrengthTablesTest, DoesNotCoverPeopleOfUnknownCountryOrSite) {
  Row(kTroops, 80, "SEN", "Gao");
  Row(kTroops, 20);
  EXPECT_EQ(HeadcountOf(Select(kTroops, {""})), absl::nullopt);
  EXPECT_EQ(HeadcountOf(Select(kTroops, {}, {""})), absl::nullopt);
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"", "SEN"})), Optional(80));
}

TEST_F(StrengthTablesTest, CountsWomenIfEveryRowDoes) {
  v1::StrengthReport row = AStrength("un-monthly", "2023-06-30", 140, "BGD", "", kFormedPolice);
  row.set_female(33);
  Record(row);
  const auto female_of = [this](const People& people) {
    return Tables().tables().front().FemaleOf(people);
  };
  EXPECT_THAT(female_of(Select(kUniformed)), Optional(33));
  Row(kTroops, 80, "SEN");
  EXPECT_EQ(female_of(Select(kUniformed)), absl::nullopt);
  EXPECT_THAT(female_of(Select(kUniformed, {"BGD"})), Optional(33));
}

TEST_F(StrengthTablesTest, ChoosesLatestTableUpToTheStart) {
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

TEST_F(StrengthTablesTest, PrefersTableThatCoversThePeople) {
  Record(AStrength("staff", "2023-06-01", 30, "", "", v1::CATEGORY_INTERNATIONAL_STAFF));
  Record(AStrength("staff", "2023-06-30", 100, "SEN"));
  EXPECT_EQ(Chosen("", "", "2023-07-01", Select(v1::CATEGORY_CIVILIAN)), "staff@2023-06-01");
  EXPECT_EQ(Chosen("", "", "2023-07-01", Select(v1::CATEGORY_NATIONAL_STAFF)), "staff@2023-06-30")
      << "none covers them";
}

// A linear scan for each site would time out.
TEST_F(StrengthTablesTest, IsFastForEachOfManySites) {
  constexpr int kSites = 300'000;
  for (int i = 0; i < kSites; ++i) Row(kTroops, 1 + i % 7, "SEN", absl::StrCat("Site ", i));
  const StrengthTables tables = Tables();
  for (int i = 0; i < kSites; ++i) {
    const std::string site = absl::StrCat("Site ", i);
    const StrengthTable& table = tables.tables().front();
    ASSERT_THAT(table.HeadcountOf(Select(kUniformed, {}, {site})), Optional(1 + i % 7)) << site;
    ASSERT_THAT(table.HeadcountOf(Select(kUniformed, {"SEN"}, {site})), Optional(1 + i % 7));
  }
}

TEST_F(StrengthTablesTest, SameResultFoundByCountryOrBySite) {
  for (int i = 0; i < 10; ++i) Row(kTroops, 1, "SEN", absl::StrCat("Site ", i));
  for (int i = 0; i < 10; ++i) Row(kTroops, 10, absl::StrCat("C", i), "Gao");
  Row(kTroops, 100, "SEN", "Gao");
  Row(kTroops, 1'000, "", "Gao");
  Row(kTroops, 10'000, "SEN");
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"SEN"}, {"Gao"})), Optional(100));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"SEN"}, {"Gao", "Site 3", ""})), Optional(101));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"SEN", "C1", ""}, {"Gao"})), Optional(110));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"SEN"}, {"Site 3"})), Optional(1));
  EXPECT_THAT(HeadcountOf(Select(kTroops, {"C3"}, {"Gao"})), Optional(10));
}

TEST_F(StrengthTablesTest, ChoosesOneTablePerSeries) {
  Record(AStrength("un-monthly", "2023-05-31", 100, "SEN"));
  Record(AStrength("un-monthly", "2023-06-30", 100, "SEN"));
  Record(AStrength("release", "2023-06-30", 12'947, "", "", kUniformed));
  Record(AStrength("staff", "2023-06-30", 30, "", "", v1::CATEGORY_INTERNATIONAL_STAFF));
  const StrengthTables tables = Tables();
  std::vector<std::string> names;
  for (const StrengthTable* table :
       tables.ChoosePerSeries(ParseDay("2023-07-01").value(), Select(kUniformed))) {
    names.push_back(Name(*table));
  }
  EXPECT_THAT(names, ElementsAre("release@2023-06-30", "un-monthly@2023-06-30"));
}

TEST_F(StrengthTablesTest, FindsLatestTableOfASeries) {
  Record(AStrength("un-monthly", "2023-05-31", 110, "SEN"));
  Record(AStrength("un-monthly", "2023-06-30", 100, "SEN"));
  const StrengthTables tables = Tables();
  const auto latest = [&](absl::string_view day) {
    const StrengthTable* table =
        tables.LatestOf("un-monthly", ParseDay(day).value(), Select(kUniformed));
    return table == nullptr ? "none" : Name(*table);
  };
  EXPECT_EQ(latest("2023-05-30"), "none");
  EXPECT_EQ(latest("2023-06-29"), "un-monthly@2023-05-31");
  EXPECT_EQ(latest("2023-12-31"), "un-monthly@2023-06-30");
}

}  // namespace
}  // namespace repatriation
