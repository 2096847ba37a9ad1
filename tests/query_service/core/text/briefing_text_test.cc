#include "query_service/core/text/briefing_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace repatriation {
namespace {

// The figures of the UN's release of 27 September 2023,
// https://peacekeeping.un.org/en/minusma-continues-its-gradual-exit-mali
v1::GetBriefingResponse Release() {
  v1::GetBriefingResponse briefing;
  briefing.set_mission("MINUSMA");
  briefing.mutable_days()->set_to("2023-09-28");
  briefing.mutable_header()->set_ledger_id("00112233445566778899aabbccddeeff");
  briefing.mutable_header()->set_applied_position(99);
  briefing.mutable_header()->set_known_at_position(42);
  briefing.mutable_header()->set_known_at_hash("0a1b2c");
  briefing.mutable_header()->set_known_at_hash_position(50);
  briefing.mutable_header()->mutable_known_at_time()->set_seconds(1'695'859'200);
  v1::Event& event = *briefing.add_latest_movements()->mutable_event();
  event.set_day("2023-09-20");
  event.set_headcount(116);
  event.set_category(v1::CATEGORY_CONTINGENT_TROOPS);
  event.set_country("SEN");
  event.set_site("Mopti");
  const auto add = [&](v1::Category category, int64_t headcount,
                       const std::vector<v1::Category>& addends = {}) {
    v1::BriefingFigure& figure = *briefing.add_figures();
    figure.set_category(category);
    figure.mutable_figure()->set_headcount(headcount);
    for (const v1::Category addend : addends) figure.add_addends(addend);
  };
  add(v1::CATEGORY_MILITARY_STAFF_OFFICER, 97);
  add(v1::CATEGORY_CONTINGENT_TROOPS, 2583);
  add(v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER, 184);
  add(v1::CATEGORY_FORMED_POLICE_UNIT, 412);
  add(v1::CATEGORY_FORCE, 2680,
      {v1::CATEGORY_MILITARY_STAFF_OFFICER, v1::CATEGORY_CONTINGENT_TROOPS});
  add(v1::CATEGORY_UN_POLICE, 596,
      {v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER, v1::CATEGORY_FORMED_POLICE_UNIT});
  add(v1::CATEGORY_UNIFORMED, 3276, {v1::CATEGORY_FORCE, v1::CATEGORY_UN_POLICE});
  add(v1::CATEGORY_INTERNATIONAL_STAFF, 81);
  add(v1::CATEGORY_UN_VOLUNTEER, 10);
  add(v1::CATEGORY_CIVILIAN, 91, {v1::CATEGORY_INTERNATIONAL_STAFF, v1::CATEGORY_UN_VOLUNTEER});
  add(v1::CATEGORY_ALL, 3367, {v1::CATEGORY_UNIFORMED, v1::CATEGORY_CIVILIAN});
  return briefing;
}

TEST(BriefingTextTest, PrintsTheFiguresOfTheRelease) {
  EXPECT_EQ(BriefingText(Release()),
            "MINUSMA: personnel repatriated through 2023-09-27\n"
            "On 2023-09-20 116 contingent troops (SEN) left from Mopti.\n"
            "        97  military staff officers\n"
            "     2,583  contingent troops\n"
            "       184  individual police officers\n"
            "       412  members of formed police units\n"
            "     2,680  Force = 97 + 2,583\n"
            "       596  UN Police = 184 + 412\n"
            "     3,276  uniformed personnel = 2,680 + 596\n"
            "        81  international staff\n"
            "        10  UN Volunteers\n"
            "        91  civilian personnel = 81 + 10\n"
            "     3,367  all personnel = 3,276 + 91\n"
            "As known at position 42 of ledger 00112233445566778899aabbccddeeff, recorded "
            "2023-09-28T00:00:00Z\n"
            "Hash of the ledger through position 50: 0a1b2c\n");
}

TEST(BriefingTextTest, DoesNotDependOnTheAppliedPosition) {
  v1::GetBriefingResponse later = Release();
  later.mutable_header()->set_applied_position(1'000'000);
  later.mutable_header()->set_applied_hash("ff");
  EXPECT_EQ(BriefingText(later), BriefingText(Release()));
}

// As the release, with strength, a closed site and discrepancies.
v1::GetBriefingResponse WithDrawdown() {
  v1::GetBriefingResponse briefing = Release();
  briefing.clear_latest_movements();
  while (briefing.figures_size() > 1) briefing.mutable_figures()->RemoveLast();
  v1::GetDrawdownResponse& drawdown = *briefing.mutable_drawdown();
  drawdown.set_as_of("2023-09-27");
  drawdown.mutable_baseline()->set_series("un-monthly");
  drawdown.mutable_baseline()->set_as_of("2023-06-30");
  drawdown.mutable_baseline()->set_headcount(12'895);
  drawdown.mutable_baseline()->set_position(7);
  drawdown.mutable_mandate()->set_deadline("2023-12-31");
  v1::DrawdownRow& total = *drawdown.mutable_total();
  total.set_baseline(12'895);
  total.set_departed(3'276);
  total.set_died(2);
  total.set_remaining(9'617);
  total.set_percent_departed(25.42);
  drawdown.mutable_pace()->set_window_days(28);
  drawdown.mutable_pace()->set_achieved_per_day(40.25);
  drawdown.mutable_pace()->set_days_to_deadline(95);
  drawdown.mutable_pace()->set_needed_per_day(101.2);
  v1::Forecast& forecast = *drawdown.mutable_forecast();
  forecast.set_completion_day("2024-05-23");
  forecast.set_earliest_day("2024-02-01");
  forecast.set_backtest_days(10);
  forecast.set_backtest_held_days(7);
  drawdown.mutable_completeness()->set_includes_unknown_days(true);
  v1::SiteStanding& site = *drawdown.add_closed_sites();
  site.set_site("Goundam");
  site.set_closed_day("2023-08-16");
  site.add_other_days("2023-08-15");
  site.set_remaining(4);
  v1::Reconciliation& open = *briefing.add_discrepancies();
  open.mutable_statement()->set_day("2023-12-01");
  open.mutable_statement()->set_measure(v1::MEASURE_REMAINING);
  open.mutable_statement()->set_category(v1::CATEGORY_ALL);
  open.mutable_statement()->set_headcount(10'040);
  open.set_position(12);
  open.set_explanation("The number equals those departed.");
  v1::Conflict& conflict = *briefing.add_conflicts();
  conflict.set_description("Three baselines: 12,895, 12,944 and 12,947.");
  conflict.add_positions(7);
  conflict.add_positions(9);
  return briefing;
}

TEST(BriefingTextTest, PrintsDrawdownAndDiscrepancies) {
  EXPECT_EQ(BriefingText(WithDrawdown()),
            "MINUSMA: personnel repatriated through 2023-09-27\n"
            "        97  military staff officers\n"
            "Strength, pace and forecast:\n"
            "  - Of 12,895 uniformed personnel on 2023-06-30 (un-monthly, position 7), 3,276 had "
            "been repatriated "
            "by 2023-09-27, 2 had died; 9,617 remained (25.4% departed).\n"
            "  - In the preceding 28 days 40.2 a day left; 101.2 a day are needed to meet the "
            "deadline of 2023-12-31, in 95 days.\n"
            "  - At this pace the last would leave on 2024-05-23 (from 2024-02-01, or never at the "
            "slowest pace); the same forecast would have held on 7 of 10 past days.\n"
            "  - Completeness is unknown: there is no reported-through record.\n"
            "Closed sites:\n"
            "  - Goundam closed on 2023-08-16 (also reported: 2023-08-15), with 4 people recorded "
            "there.\n"
            "Open discrepancies:\n"
            "  - 2023-12-01, remaining, all personnel: 10,040 stated (position 12). The number "
            "equals those departed.\n"
            "  - Three baselines: 12,895, 12,944 and 12,947. (positions 7, 9)\n"
            "As known at position 42 of ledger 00112233445566778899aabbccddeeff, recorded "
            "2023-09-28T00:00:00Z\n"
            "Hash of the ledger through position 50: 0a1b2c\n");
}

TEST(BriefingTextTest, PrintsTheSameInMarkdown) {
  const std::string markdown = BriefingMarkdown(WithDrawdown());
  EXPECT_TRUE(markdown.starts_with("# MINUSMA: personnel repatriated through 2023-09-27\n"))
      << markdown;
  for (const std::string line :
       {"| military staff officers | 97 |  |\n", "\n## Strength, pace and forecast\n\n- Of 12,895",
        "\n## Closed sites\n\n- Goundam closed", "\n## Open discrepancies\n\n- 2023-12-01",
        "\nAs known at position 42 of ledger"}) {
    EXPECT_NE(markdown.find(line), std::string::npos) << line << "\n" << markdown;
  }
}

TEST(BriefingTextTest, PrintsWhyThereIsNoForecast) {
  v1::GetBriefingResponse briefing = WithDrawdown();
  briefing.mutable_drawdown()->mutable_forecast()->set_absent_because("nobody left in the window");
  EXPECT_NE(BriefingText(briefing).find("There is no forecast: nobody left in the window.\n"),
            std::string::npos);
}

std::string FirstLine(const v1::DayRange& days) {
  v1::GetBriefingResponse briefing;
  briefing.set_mission("UNAMID");
  *briefing.mutable_days() = days;
  const std::string text = BriefingText(briefing);
  return text.substr(0, text.find('\n'));
}

TEST(BriefingTextTest, NamesThePeriodByItsLastDay) {
  v1::DayRange days;
  EXPECT_EQ(FirstLine(days), "UNAMID: personnel repatriated to date");
  days.set_from("2023-07-01");
  EXPECT_EQ(FirstLine(days), "UNAMID: personnel repatriated from 2023-07-01");
  days.set_to("2024-03-01");
  EXPECT_EQ(FirstLine(days), "UNAMID: personnel repatriated from 2023-07-01 through 2024-02-29");
}

TEST(BriefingTextTest, GroupsDigitsByThousands) {
  v1::GetBriefingResponse briefing;
  for (const int64_t headcount : {0, 999, 1000, 100'000, 1'234'567}) {
    v1::BriefingFigure& figure = *briefing.add_figures();
    figure.set_category(v1::CATEGORY_EXPERT_ON_MISSION);
    figure.mutable_figure()->set_headcount(headcount);
  }
  const std::string text = BriefingText(briefing);
  for (const char* expected : {"\n         0  experts", "\n       999  ", "\n     1,000  ",
                               "\n   100,000  ", "\n 1,234,567  "}) {
    EXPECT_NE(text.find(expected), std::string::npos) << expected << " in\n" << text;
  }
}

}  // namespace
}  // namespace repatriation
