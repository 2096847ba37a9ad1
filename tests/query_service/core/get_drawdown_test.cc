#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/errors.h"
#include "query_service/core/query_core.h"
#include "query_service/core/records/strength_tables.h"
#include "tests/query_service/core/testing/ledger_copy.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kNotFound = absl::StatusCode::kNotFound;

v1::GetDrawdownRequest GetDrawdown(std::vector<v1::Dimension> group_by = {}) {
  v1::GetDrawdownRequest request;
  request.set_mission("MINUSMA");
  for (const v1::Dimension dimension : group_by) request.add_group_by(dimension);
  return request;
}

// "GROUP BASELINE departed N arrived N... = REMAINING...", without zeros.
std::string Text(const v1::DrawdownRow& row) {
  std::string text;
  const auto add = [&](absl::string_view name, int64_t number) {
    if (number != 0) absl::StrAppend(&text, " ", name, number);
  };
  const v1::Group& group = row.group();
  if (group.has_category()) absl::StrAppend(&text, EnumName(group.category()), " ");
  if (group.has_country()) absl::StrAppend(&text, group.country(), " ");
  if (group.has_site()) absl::StrAppend(&text, group.site(), " ");
  absl::StrAppend(&text, row.has_baseline() ? absl::StrCat(row.baseline()) : "?");
  add("departed ", row.departed());
  add("arrived ", row.arrived());
  add("separated ", row.separated());
  add("died ", row.died());
  add("in ", row.relocated_in());
  add("out ", row.relocated_out());
  absl::StrAppend(&text, " = ", row.has_remaining() ? absl::StrCat(row.remaining()) : "?");
  add("quarantined ", row.quarantined());
  add("planned ", row.planned());
  add("later ", row.planned_later());
  return text;
}

std::vector<std::string> Rows(const v1::GetDrawdownResponse& response) {
  std::vector<std::string> rows;
  for (const v1::DrawdownRow& row : response.rows()) rows.push_back(Text(row));
  return rows;
}

std::string Text(const v1::Baseline& baseline) {
  return absl::StrCat(baseline.series(), "@", baseline.as_of(), "=", baseline.headcount());
}

class GetDrawdownTest : public ::testing::Test {
 protected:
  v1::GetDrawdownResponse Get(const v1::GetDrawdownRequest& request = GetDrawdown()) {
    const auto response = ledger_.core().GetDrawdown(request);
    EXPECT_THAT(response, IsOk());
    return response.value_or(v1::GetDrawdownResponse());
  }
  std::string Total(const v1::GetDrawdownRequest& request = GetDrawdown()) {
    return Text(Get(request).total());
  }
  absl::Status Refusal(const v1::GetDrawdownRequest& request) {
    return ledger_.core().GetDrawdown(request).status();
  }
  LedgerEntry Row(int32_t headcount, const std::string& country, const std::string& site = "",
                  v1::Category category = v1::CATEGORY_CONTINGENT_TROOPS) {
    return ledger_.Strength("un-monthly", "2023-06-30", headcount, country, site, category);
  }
  // Headcount of the events that ListEvents lists behind a total or a row, page by page.
  template <typename Counted>
  int64_t SumOfListed(const Counted& counted) {
    v1::ListEventsRequest request;
    *request.mutable_filter() = counted.departed_filter();
    request.set_page_token(counted.departed_page_token());
    request.set_page_size(2);
    int64_t sum = 0;
    do {
      const auto page = ledger_.core().ListEvents(request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) return -1;
      for (const v1::EventRecord& record : page->events()) sum += record.event().headcount();
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return sum;
  }

  LedgerCopy ledger_;
};

TEST_F(GetDrawdownTest, CountsDownFromTheBaseline) {
  ledger_.ApplyApart({ledger_.Mandate("2023-07-01", "2023-12-31"), Row(100, "SEN"), Row(50, "BFA"),
                      AnEvent("before", Departure("2023-06-30", 7, "SEN")),
                      AnEvent("a", Departure("2023-07-01", 40, "SEN")),
                      AnEvent("b", Departure("2023-07-20", 10, "BFA")),
                      AnEvent("c", Arrival("2023-07-21", 5)),
                      AnEvent("d", ContentOf(v1::KIND_DEATH, "2023-07-22", 1, "SEN")),
                      AnEvent("e", ContentOf(v1::KIND_SEPARATION, "2023-07-23", 2, "BFA")),
                      AnEvent("too many", Departure("2023-07-24", 60, "SEN")),
                      AnEvent("plan", Planned(Departure("2023-07-25", 20, "BFA"))),
                      AnEvent("later plan", Planned(Departure("2023-08-25", 9, "BFA"))),
                      AnEvent("move", Relocation("2023-07-30", 3, "SEN", "Ber", "Gao"))});
  const v1::GetDrawdownResponse response = Get();
  EXPECT_EQ(response.mission(), "MINUSMA");
  EXPECT_EQ(response.mandate().resolution(), "S/RES/2690 (2023)");
  EXPECT_EQ(Text(response.baseline()), "un-monthly@2023-06-30=150");
  EXPECT_EQ(response.baseline().position(), 3);
  EXPECT_EQ(response.as_of(), "2023-07-30") << "the last actual event";
  EXPECT_EQ(Text(response.total()),
            "150 departed 50 arrived 5 separated 2 died 1 = 102 quarantined 60 planned 20 later 9");
  EXPECT_DOUBLE_EQ(response.total().percent_departed(), 32);
  EXPECT_EQ(response.rows_size(), 0);
  EXPECT_EQ(response.header().known_at_position(), 13);
  EXPECT_EQ(response.pace().window_days(), 28);
  EXPECT_DOUBLE_EQ(response.pace().achieved_per_day(), 8 / 28.0) << "3 to 30 July";
  EXPECT_EQ(response.pace().days_to_deadline(), 154);
  EXPECT_DOUBLE_EQ(response.pace().needed_per_day(), 102 / 154.0);
  EXPECT_EQ(response.forecast().absent_because(), "");
  EXPECT_EQ(response.forecast().completion_day(), FormatDay(ParseDay("2023-07-30").value() + 357));
}

TEST_F(GetDrawdownTest, GroupsByEachDimension) {
  ledger_.ApplyApart(
      {Row(100, "SEN"), Row(50, "BFA"), Row(30, "BFA", "", v1::CATEGORY_FORMED_POLICE_UNIT),
       AnEvent("a", Departure("2023-07-01", 40, "SEN")),
       AnEvent("b", Of(v1::CATEGORY_FORMED_POLICE_UNIT, Departure("2023-07-02", 30, "BFA"))),
       AnEvent("c", Of(v1::CATEGORY_EXPERT_ON_MISSION, Departure("2023-07-02", 2, "DEU"))),
       AnEvent("d", Departure("2023-07-03", 1))});
  EXPECT_THAT(Rows(Get(GetDrawdown({v1::DIMENSION_COUNTRY}))),
              ElementsAre(" ? departed 1 = ?", "BFA 80 departed 30 = 50", "DEU 0 departed 2 = -2",
                          "SEN 100 departed 40 = 60"));
  EXPECT_THAT(
      Rows(Get(GetDrawdown({v1::DIMENSION_CATEGORY}))),
      ElementsAre("contingent_troops 150 departed 41 = 109", "expert_on_mission 0 departed 2 = -2",
                  "formed_police_unit 30 departed 30 = 0"));
  EXPECT_THAT(Rows(Get(GetDrawdown({v1::DIMENSION_CATEGORY_GROUP, v1::DIMENSION_COUNTRY}))),
              ElementsAre("expert_on_mission DEU 0 departed 2 = -2", "force  ? departed 1 = ?",
                          "force BFA 50 = 50", "force SEN 100 departed 40 = 60",
                          "un_police BFA 30 departed 30 = 0"));
  EXPECT_EQ(Total(GetDrawdown({v1::DIMENSION_COUNTRY})), "180 departed 73 = 107");
}

TEST_F(GetDrawdownTest, FiltersByCountryAndCategory) {
  ledger_.ApplyApart(
      {Row(100, "SEN"), Row(50, "BFA"), Row(30, "BFA", "", v1::CATEGORY_FORMED_POLICE_UNIT),
       AnEvent("a", Departure("2023-07-01", 40, "SEN")),
       AnEvent("b", Of(v1::CATEGORY_FORMED_POLICE_UNIT, Departure("2023-07-02", 30, "BFA")))});
  v1::GetDrawdownRequest request = GetDrawdown();
  request.add_countries("BFA");
  EXPECT_EQ(Total(request), "80 departed 30 = 50");
  request.add_categories(v1::CATEGORY_FORCE);
  EXPECT_EQ(Total(request), "50 = 50");
  request.clear_categories();
  request.add_categories(v1::CATEGORY_CIVILIAN);
  EXPECT_EQ(Total(request), "? = ?");
  EXPECT_EQ(Get(request).baseline().headcount(), 0);
}

TEST_F(GetDrawdownTest, RelocationsMovePeopleBetweenSites) {
  ledger_.ApplyApart({Row(100, "SEN", "Ber"), Row(20, "SEN", "Gao"),
                      AnEvent("a", Relocation("2023-07-01", 60, "SEN", "Ber", "Gao")),
                      AnEvent("b", Relocation("2023-07-02", 10, "SEN", "Gao", "Mopti")),
                      AnEvent("c", Departure("2023-07-03", 40, "SEN", "Gao")),
                      AnEvent("d", Relocation("2023-07-03", 41, "SEN", "Ber", "Gao"))});
  const v1::GetDrawdownResponse response = Get(GetDrawdown({v1::DIMENSION_SITE}));
  EXPECT_THAT(Rows(response),
              ElementsAre("Ber 100 out 60 = 40 quarantined 41",
                          "Gao 20 departed 40 in 60 out 10 = 30", "Mopti 0 in 10 = 10"));
  EXPECT_EQ(Text(response.total()), "120 departed 40 in 70 out 70 = 80 quarantined 41");
  v1::GetDrawdownRequest request = GetDrawdown();
  EXPECT_EQ(Total(request), "120 departed 40 = 80") << "inside the mission nobody left";
  request.add_sites("Gao");
  EXPECT_EQ(Total(request), "20 departed 40 in 60 out 10 = 30");
  EXPECT_EQ(SumOfListed(Get(request)), 40);
  request.add_sites("Ber");
  EXPECT_EQ(Total(request), "120 departed 40 in 60 out 70 = 70 quarantined 41");
}

TEST_F(GetDrawdownTest, UsesTheRequestedBaseline) {
  ledger_.ApplyApart(
      {ledger_.Mandate("2023-07-01", "2023-12-31"), Row(100, "SEN"),
       ledger_.Strength("release", "2023-06-30", 12'947, "", "", v1::CATEGORY_UNIFORMED),
       ledger_.Strength("article", "2023-06-20", 12'944, "", "", v1::CATEGORY_UNIFORMED),
       ledger_.Strength("un-monthly", "2023-07-31", 60, "SEN"),
       AnEvent("a", Departure("2023-07-05", 30, "SEN")),
       AnEvent("b", Departure("2023-08-05", 10, "SEN"))});
  const v1::GetDrawdownResponse standard = Get();
  EXPECT_EQ(Text(standard.baseline()), "release@2023-06-30=12947") << "the first by name";
  std::vector<std::string> others;
  for (const v1::Baseline& other : standard.other_baselines()) others.push_back(Text(other));
  EXPECT_THAT(others, ElementsAre("article@2023-06-20=12944", "release@2023-06-30=12947",
                                  "un-monthly@2023-06-30=100"));
  v1::GetDrawdownRequest request = GetDrawdown();
  request.mutable_baseline()->set_series("un-monthly");
  EXPECT_EQ(Total(request), "100 departed 40 = 60");
  request.mutable_baseline()->set_as_of("2023-07-31");
  EXPECT_EQ(Total(request), "60 departed 10 = 50");
  EXPECT_EQ(Get(request).other_baselines_size(), 3);
  request.mutable_baseline()->set_as_of("2023-06-20");
  EXPECT_THAT(Refusal(request), StatusIs(kNotFound, HasSubstr("2023-06-20")));
  EXPECT_EQ(ReasonOf(Refusal(request)), "BASELINE_UNKNOWN");
  request.mutable_baseline()->clear_series();
  EXPECT_EQ(Text(Get(request).baseline()), "article@2023-06-20=12944");
}

TEST_F(GetDrawdownTest, RowsHaveProvenanceOnRequest) {
  ledger_.ApplyApart({Row(100, "SEN"), Row(50, "BFA"),
                      AnEvent("before", Departure("2023-06-30", 7, "SEN")),
                      AnEvent("a", Departure("2023-07-01", 40, "SEN")),
                      AnEvent("b", Departure("2023-07-20", 10, "BFA")),
                      AnEvent("c", Departure("2023-07-21", 3, "SEN")),
                      AnEvent("d", ContentOf(v1::KIND_DEATH, "2023-07-22", 1, "SEN"))});
  for (const v1::Dimension dimension : {v1::DIMENSION_COUNTRY, v1::DIMENSION_SITE,
                                        v1::DIMENSION_CATEGORY, v1::DIMENSION_CATEGORY_GROUP}) {
    v1::GetDrawdownRequest request = GetDrawdown({dimension});
    EXPECT_FALSE(Get(request).rows(0).has_departed_filter());
    request.set_with_provenance(true);
    const v1::GetDrawdownResponse response = Get(request);
    int64_t sum = 0;
    for (const v1::DrawdownRow& row : response.rows()) {
      EXPECT_EQ(SumOfListed(row), row.departed()) << row.DebugString();
      sum += row.departed();
    }
    EXPECT_EQ(sum, 53);
    EXPECT_EQ(SumOfListed(response), 53);
  }
  v1::GetDrawdownRequest large = GetDrawdown({v1::DIMENSION_COUNTRY});
  large.set_with_provenance(true);
  for (int i = 0; i < 300; ++i) large.add_sites(absl::StrCat("a long name ", i));
  EXPECT_THAT(Refusal(large),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("with_provenance")));
}

TEST_F(GetDrawdownTest, WithoutAMandateItStartsAtTheEarliestTable) {
  ledger_.ApplyApart({Row(100, "SEN"), ledger_.Strength("un-monthly", "2023-05-31", 120, "SEN"),
                      AnEvent("a", Departure("2023-06-05", 30, "SEN"))});
  const v1::GetDrawdownResponse response = Get();
  EXPECT_FALSE(response.has_mandate());
  EXPECT_EQ(Text(response.baseline()), "un-monthly@2023-05-31=120");
  EXPECT_FALSE(response.pace().has_days_to_deadline());
  EXPECT_EQ(Text(response.total()), "120 departed 30 = 90");
}

TEST_F(GetDrawdownTest, WithoutStrengthItStillCounts) {
  ledger_.ApplyApart({AnEvent("a", Departure("2023-06-05", 30, "SEN")),
                      AnEvent("b", Departure("2023-07-05", 4, "SEN"))});
  v1::GetDrawdownResponse response = Get(GetDrawdown({v1::DIMENSION_COUNTRY}));
  EXPECT_FALSE(response.has_baseline());
  EXPECT_EQ(Text(response.total()), "? departed 34 = ?");
  EXPECT_FALSE(response.total().has_percent_departed());
  EXPECT_THAT(Rows(response), ElementsAre("SEN ? departed 34 = ?"));
  EXPECT_EQ(response.forecast().absent_because(), "no baseline");
  EXPECT_EQ(response.departed_filter().days().from(), "");
  EXPECT_EQ(SumOfListed(response), 34);

  ledger_.Apply({ledger_.Mandate("2023-07-01", "2023-12-31")});
  response = Get();
  EXPECT_EQ(Text(response.total()), "? departed 4 = ?") << "from the mandate's first day on";
  EXPECT_EQ(SumOfListed(response), 4);
  v1::GetDrawdownRequest request = GetDrawdown();
  request.mutable_baseline()->set_series("un-monthly");
  EXPECT_EQ(ReasonOf(Refusal(request)), "BASELINE_UNKNOWN");
}

TEST_F(GetDrawdownTest, CountsThroughTheRequestedDay) {
  ledger_.ApplyApart({Row(100, "SEN"), AnEvent("a", Departure("2023-07-01", 30, "SEN")),
                      AnEvent("b", Departure("2023-07-02", 4, "SEN")),
                      AnEvent("p", Planned(Departure("2023-07-02", 7, "SEN")))});
  v1::GetDrawdownRequest request = GetDrawdown();
  request.set_as_of("2023-07-01");
  EXPECT_EQ(Total(request), "100 departed 30 = 70 later 7");
  EXPECT_EQ(SumOfListed(Get(request)), 30);
  EXPECT_EQ(Get(request).departed_filter().days().to(), "2023-07-02");
  request.set_as_of("2023-06-30");
  EXPECT_EQ(Total(request), "100 = 100 later 7");
  EXPECT_FALSE(Get(request).has_departed_filter()) << "no day counts";
  request.set_as_of("2023-06-29");
  EXPECT_THAT(Refusal(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("as_of: ")));
  request.set_as_of("9999-12-31");
  EXPECT_EQ(Total(request), "100 departed 34 = 66 planned 7");
  EXPECT_EQ(SumOfListed(Get(request)), 34);
}

TEST_F(GetDrawdownTest, WithoutAnActualEventItCountsThroughTheBaseline) {
  ledger_.ApplyApart({Row(100, "SEN"), AnEvent("p", Planned(Departure("2023-07-02", 100, "SEN")))});
  const v1::GetDrawdownResponse response = Get();
  EXPECT_EQ(response.as_of(), "2023-06-30");
  EXPECT_EQ(Text(response.total()), "100 = 100 later 100");
  EXPECT_EQ(response.forecast().planned_completion_day(), "2023-07-02");
  EXPECT_EQ(response.forecast().absent_because(), "less than a week to go by");
}

TEST_F(GetDrawdownTest, OnlyRepatriationsAndSeparationsArePlannedDepartures) {
  ledger_.ApplyApart({Row(100, "SEN"), AnEvent("p", Planned(Departure("2023-07-02", 7, "SEN"))),
                      AnEvent("q", Planned(ContentOf(v1::KIND_SEPARATION, "2023-07-02", 2, "SEN"))),
                      AnEvent("r", Planned(ContentOf(v1::KIND_DEATH, "2023-07-02", 1, "SEN"))),
                      AnEvent("s", Planned(Arrival("2023-07-02", 5)))});
  EXPECT_EQ(Total(), "100 = 100 later 9");
  v1::GetDrawdownRequest request = GetDrawdown();
  request.set_as_of("2023-07-02");
  EXPECT_EQ(Total(request), "100 = 100 planned 9");
}

TEST_F(GetDrawdownTest, MissionWithOnlyPlannedEventsHasNoDay) {
  ledger_.Apply({AnEvent("p", Planned(Departure("2023-07-02", 100, "SEN")))});
  const v1::GetDrawdownResponse response = Get();
  EXPECT_EQ(response.as_of(), "");
  EXPECT_EQ(Text(response.total()), "? = ? later 100");
  EXPECT_FALSE(response.has_departed_filter());
}

TEST_F(GetDrawdownTest, ThePastNeverChanges) {
  ledger_.ApplyApart({Row(100, "SEN"), AnEvent("a", Departure("2023-07-01", 30, "SEN")),
                      AnEvent("b", Departure("2023-07-02", 80, "SEN")),
                      AnAmendment("m", 2, Departure("2023-07-01", 35, "SEN")),
                      LedgerCopy::Release("r", 3), AVoiding("v", 2), Row(120, "SEN")});
  const std::vector<std::string> expected = {
      "",
      "100 = 100",
      "100 departed 30 = 70",
      "100 departed 30 = 70 quarantined 80",
      "100 departed 35 = 65 quarantined 80",
      "100 departed 115 = -15",
      "100 departed 80 = 20",
      "120 departed 80 = 40",
  };
  for (int round = 0; round < 2; ++round) {
    for (Position known_at = 1; known_at <= 7; ++known_at) {
      v1::GetDrawdownRequest request = GetDrawdown();
      request.mutable_read()->set_known_at_position(known_at);
      request.set_as_of("2023-07-02");
      EXPECT_EQ(Total(request), expected[known_at]) << "as known at " << known_at;
    }
    ledger_.Reopen();
  }
  EXPECT_EQ(Total(), expected.back());
}

TEST_F(GetDrawdownTest, TokensPinThePosition) {
  ledger_.ApplyApart({Row(100, "SEN"), AnEvent("a", Departure("2023-07-01", 30, "SEN")),
                      AnEvent("b", Departure("2023-07-02", 3, "SEN")),
                      AnEvent("c", Departure("2023-07-03", 4, "BFA"))});
  const v1::GetDrawdownResponse before = Get();
  ledger_.Apply({AVoiding("v", 2)});
  EXPECT_EQ(SumOfListed(before), 37);
  EXPECT_EQ(SumOfListed(Get()), 7);
}

TEST_F(GetDrawdownTest, ListsClosedSites) {
  ledger_.ApplyApart(
      {Row(60, "SEN", "Ber"), Row(40, "SEN", "Gao"), ledger_.Closure("Goundam", "2023-08-15"),
       ledger_.Closure("Ber", "2023-08-13"), ledger_.Closure("Goundam", "2023-08-16"),
       ledger_.Closure("Gao", "2023-12-01"), ledger_.Closure("Kidal", "2023-08-13"),
       AnEvent("a", Departure("2023-08-13", 50, "SEN", "Ber")),
       AnEvent("b", Relocation("2023-08-13", 9, "SEN", "Ber", "Gao")),
       AnEvent("c", Departure("2023-08-20", 5, "SEN"))});
  const auto text = [this](const v1::GetDrawdownRequest& request) {
    std::vector<std::string> sites;
    const v1::GetDrawdownResponse response = Get(request);
    for (const v1::SiteStanding& site : response.closed_sites()) {
      sites.push_back(absl::StrCat(site.site(), " ", site.closed_day(), " also ",
                                   absl::StrJoin(site.other_days(), ","), " left ",
                                   site.has_remaining() ? absl::StrCat(site.remaining()) : "?"));
    }
    return absl::StrJoin(sites, "\n");
  };
  EXPECT_EQ(text(GetDrawdown()),
            "Ber 2023-08-13 also  left 1\n"
            "Kidal 2023-08-13 also  left ?\n"
            "Goundam 2023-08-16 also 2023-08-15 left ?");
  v1::GetDrawdownRequest request = GetDrawdown();
  request.mutable_read()->set_known_at_position(4);
  request.set_as_of("2023-08-20");
  EXPECT_EQ(text(request),
            "Ber 2023-08-13 also  left 60\n"
            "Goundam 2023-08-15 also  left ?");
  request = GetDrawdown();
  request.add_sites("Gao");
  EXPECT_EQ(text(request), "");
  request.set_as_of("2023-12-01");
  EXPECT_EQ(text(request), "Gao 2023-12-01 also  left 49");
}

TEST_F(GetDrawdownTest, ClosedSitesWithoutStrengthCountMovements) {
  ledger_.ApplyApart({Row(100, "SEN"), ledger_.Closure("Ber", "2023-08-13"),
                      ledger_.Closure("Goundam", "2023-08-13"),
                      AnEvent("a", Relocation("2023-08-13", 9, "SEN", "Ber", "Gao")),
                      AnEvent("b", Departure("2023-08-13", 9, "SEN", "Gao"))});
  const v1::GetDrawdownResponse response = Get();
  ASSERT_EQ(response.closed_sites_size(), 2);
  EXPECT_EQ(response.closed_sites(0).remaining(), -9) << "earlier strength is unknown";
  EXPECT_FALSE(response.closed_sites(1).has_remaining());
}

TEST_F(GetDrawdownTest, OtherMissionsAreUnknown) {
  ledger_.Apply({Row(100, "SEN"), AnEvent("a", Departure("2023-07-01", 30, "SEN"))});
  v1::GetDrawdownRequest request = GetDrawdown();
  for (const char* mission : {"MONUSCO", "SEN", "un-monthly"}) {
    request.set_mission(mission);
    EXPECT_THAT(Refusal(request), StatusIs(kNotFound, HasSubstr(mission)));
    EXPECT_EQ(ReasonOf(Refusal(request)), "MISSION_UNKNOWN");
  }
  request = GetDrawdown();
  request.mutable_read()->set_known_at_position(0);
  EXPECT_EQ(ReasonOf(Refusal(request)), "MISSION_UNKNOWN") << "nothing was recorded yet";
}

TEST_F(GetDrawdownTest, ErrorsNameTheField) {
  ledger_.Apply({Row(100, "SEN")});
  const auto expect = [this](const v1::GetDrawdownRequest& request, absl::string_view field) {
    EXPECT_THAT(Refusal(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                           ::testing::StartsWith(absl::StrCat(field, ": "))));
  };
  expect({}, "mission");
  v1::GetDrawdownRequest request = GetDrawdown();
  request.set_as_of("2023-02-29");
  expect(request, "as_of");
  request = GetDrawdown();
  request.mutable_baseline()->set_as_of("30 June");
  expect(request, "baseline.as_of");
  request = GetDrawdown();
  request.add_categories(static_cast<v1::Category>(99));
  expect(request, "categories[0]");
  request = GetDrawdown();
  request.add_countries("SEN");
  request.add_countries("XYZ");
  expect(request, "countries[1]");
  request = GetDrawdown();
  request.add_sites(std::string(129, 'x'));
  expect(request, "sites[0]");
  request = GetDrawdown();
  request.set_pace_window_days(367);
  expect(request, "pace_window_days");
  request.set_pace_window_days(-1);
  expect(request, "pace_window_days");
  expect(GetDrawdown({v1::DIMENSION_COUNTRY, v1::DIMENSION_KIND}), "group_by[1]");
  expect(GetDrawdown({v1::DIMENSION_UNSPECIFIED}), "group_by[0]");
  expect(GetDrawdown({v1::DIMENSION_SITE, v1::DIMENSION_SITE}), "group_by[1]");
  expect(GetDrawdown({v1::DIMENSION_CATEGORY, v1::DIMENSION_CATEGORY_GROUP}), "group_by");
  request = GetDrawdown();
  request.mutable_read()->set_known_at_position(9);
  EXPECT_EQ(ReasonOf(Refusal(request)), "POSITION_NOT_APPLIED");
}

// The sums of the UN's monthly tables, a month's drop as a departure on its last
// day; there is no table of September:
// https://peacekeeping.un.org/en/troop-and-police-contributors
TEST_F(GetDrawdownTest, ReproducesThePublishedFiguresOfMinusma) {
  ledger_.ApplyApart({ledger_.Mandate("2023-07-01", "2023-12-31"), Row(10'802, "TCD"),
                      Row(1'306, "SEN", "", v1::CATEGORY_FORMED_POLICE_UNIT),
                      Row(502, "DEU", "", v1::CATEGORY_MILITARY_STAFF_OFFICER),
                      Row(285, "SEN", "", v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER),
                      AnEvent("7", Departure("2023-07-31", 12'895 - 12'193, "TCD")),
                      AnEvent("8", Departure("2023-08-31", 12'193 - 11'828, "TCD")),
                      AnEvent("10", Departure("2023-10-31", 11'828 - 7'087, "TCD")),
                      AnEvent("11", Departure("2023-11-30", 7'087 - 3'215, "TCD"))});
  const v1::GetDrawdownResponse response = Get();
  EXPECT_EQ(Text(response.total()), "12895 departed 9680 = 3215");
  EXPECT_EQ(response.as_of(), "2023-11-30");
  EXPECT_EQ(response.pace().days_to_deadline(), 31);
  EXPECT_DOUBLE_EQ(response.pace().needed_per_day(), 3'215 / 31.0);
  EXPECT_EQ(SumOfListed(response), 9'680);
}

// Compares random events of a few countries, sites and days with a plain loop.
class RecountTest : public GetDrawdownTest {
 protected:
  struct Counted {
    EventContent content;
    bool voided = false;
  };

  EventContent RandomContent() {
    const std::vector<absl::string_view> countries = {"", "BFA", "SEN"};
    const std::vector<absl::string_view> sites = {"", "Ber", "Gao"};
    EventContent content = ContentOf(static_cast<v1::Kind>(1 + random_.Below(5)), "2023-06-28",
                                     static_cast<int32_t>(1 + random_.Below(30)),
                                     countries[random_.Below(3)], sites[random_.Below(3)]);
    content.day += static_cast<DayNumber>(random_.Below(30));
    content.category = static_cast<v1::Category>(1 + random_.Below(7));
    if (content.kind == v1::KIND_RELOCATION) content.destination_site = "Mopti";
    if (random_.Chance(5)) content = Planned(content);
    if (random_.Chance(2)) content.female = static_cast<int32_t>(random_.Below(2));
    return content;
  }

  v1::GetDrawdownRequest RandomQuestion() {
    v1::GetDrawdownRequest request = GetDrawdown();
    for (const auto category : {v1::CATEGORY_ALL, v1::CATEGORY_FORCE, v1::CATEGORY_CIVILIAN}) {
      if (random_.Chance(4)) request.add_categories(category);
    }
    for (const char* country : {"", "SEN"}) {
      if (random_.Chance(4)) request.add_countries(country);
    }
    for (const char* site : {"", "Gao", "Mopti"}) {
      if (random_.Chance(5)) request.add_sites(site);
    }
    for (const auto dimension : {v1::DIMENSION_COUNTRY, v1::DIMENSION_SITE}) {
      if (random_.Chance(2)) request.add_group_by(dimension);
    }
    const auto day = static_cast<DayNumber>(random_.Below(30));
    request.set_as_of(FormatDay(ParseDay("2023-07-01").value() + day));
    return request;
  }

  static bool Has(const v1::GetDrawdownRequest& request, v1::Dimension dimension) {
    return std::count(request.group_by().begin(), request.group_by().end(), dimension) > 0;
  }

  static People PeopleOf(const v1::GetDrawdownRequest& request) {
    People people;
    if (request.categories().empty()) people.leaves = LeavesOf(v1::CATEGORY_UNIFORMED);
    for (const int category : request.categories()) {
      people.leaves |= LeavesOf(static_cast<v1::Category>(category));
    }
    people.countries.insert(request.countries().begin(), request.countries().end());
    people.sites.insert(request.sites().begin(), request.sites().end());
    return people;
  }

  // What happened to `people` from 1 July 2023 through `as_of`.
  v1::DrawdownRow Recount(const People& people, bool with_sites, DayNumber as_of) const {
    v1::DrawdownRow row;
    for (const Counted& event : events_) {
      const EventContent& content = event.content;
      if (event.voided || content.day < ParseDay("2023-07-01").value()) continue;
      if (!people.leaves.test(content.category) || !In(people.countries, content.country)) continue;
      const bool here = In(people.sites, content.site);
      const bool later = content.day > as_of;
      if (content.status == v1::EVENT_STATUS_PLANNED) {
        const bool leaves =
            here && (content.kind == v1::KIND_REPATRIATION || content.kind == v1::KIND_SEPARATION);
        const int32_t planned = leaves ? content.headcount : 0;
        row.set_planned(row.planned() + (later ? 0 : planned));
        row.set_planned_later(row.planned_later() + (later ? planned : 0));
        continue;
      }
      if (!later)
        Count(content, here, with_sites && In(people.sites, content.destination_site), with_sites,
              row);
    }
    return row;
  }

  static bool In(const std::set<std::string>& names, absl::string_view name) {
    return names.empty() || names.contains(std::string(name));
  }

  static void Count(const EventContent& content, bool here, bool there, bool with_sites,
                    v1::DrawdownRow& row) {
    const int32_t headcount = content.headcount;
    if (content.kind == v1::KIND_RELOCATION) {
      row.set_relocated_out(row.relocated_out() + (here && with_sites ? headcount : 0));
      row.set_relocated_in(row.relocated_in() + (there ? headcount : 0));
    } else if (here) {
      if (content.kind == v1::KIND_REPATRIATION) row.set_departed(row.departed() + headcount);
      if (content.kind == v1::KIND_ARRIVAL) row.set_arrived(row.arrived() + headcount);
      if (content.kind == v1::KIND_SEPARATION) row.set_separated(row.separated() + headcount);
      if (content.kind == v1::KIND_DEATH) row.set_died(row.died() + headcount);
    }
  }

  void ApplyRandom() {
    // Strength of a roll-up category does not quarantine events.
    ledger_.Apply({ledger_.Strength("sum", "2023-06-30", 10'000, "", "", v1::CATEGORY_ALL)});
    for (int i = 0; i < 300; ++i) {
      if (!events_.empty() && random_.Chance(6)) {
        const size_t target = random_.Below(events_.size());
        if (events_[target].voided) continue;
        const bool voids = random_.Chance(2);
        const EventContent content = RandomContent();
        ids_.push_back(absl::StrCat("correction ", i));
        ledger_.Apply({voids ? AVoiding(ids_.back(), positions_[target])
                             : AnAmendment(ids_.back(), positions_[target], content)});
        events_[target].voided = voids;
        if (!voids) events_[target].content = content;
        continue;
      }
      ids_.push_back(absl::StrCat("event ", i));
      events_.push_back({RandomContent()});
      ledger_.Apply({AnEvent(ids_.back(), events_.back().content)});
      positions_.push_back(ledger_.tail());
    }
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  RandomEntries random_{seed_};
  std::deque<std::string> ids_;
  std::vector<Counted> events_;
  std::vector<Position> positions_;
};

TEST_F(RecountTest, AgreesWithAPlainLoop) {
  ApplyRandom();
  for (int round = 0; round < 60; ++round) {
    const v1::GetDrawdownRequest request = RandomQuestion();
    SCOPED_TRACE(request.DebugString());
    const People people = PeopleOf(request);
    const bool by_country = Has(request, v1::DIMENSION_COUNTRY);
    const bool by_site = Has(request, v1::DIMENSION_SITE);
    const bool with_sites = by_site || !people.sites.empty();
    const DayNumber as_of = ParseDay(request.as_of()).value();

    const v1::GetDrawdownResponse response = Get(request);
    v1::DrawdownRow total = response.total();
    total.clear_baseline();
    total.clear_remaining();
    total.clear_percent_departed();
    EXPECT_EQ(Text(total), Text(Recount(people, with_sites, as_of)));
    EXPECT_EQ(SumOfListed(response), response.total().departed());
    int64_t departed = 0;
    for (v1::DrawdownRow row : response.rows()) {
      departed += row.departed();
      People group = people;
      if (by_country) group.countries = {row.group().country()};
      if (by_site) group.sites = {row.group().site()};
      row.clear_group();
      EXPECT_EQ(Text(row), Text(Recount(group, with_sites, as_of)));
    }
    if (by_country || by_site) {
      EXPECT_EQ(departed, total.departed());
    }
  }
}

}  // namespace
}  // namespace repatriation
