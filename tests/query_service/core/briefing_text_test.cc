#include "query_service/core/briefing_text.h"

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

TEST(BriefingTextTest, SaysTheReleasesFigures) {
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
            "2023-09-28T00:00:00Z\n");
}

TEST(BriefingTextTest, IsTheSameWhateverElseWasAppliedSince) {
  v1::GetBriefingResponse later = Release();
  later.mutable_header()->set_applied_position(1'000'000);
  later.mutable_header()->set_applied_hash("ff");
  EXPECT_EQ(BriefingText(later), BriefingText(Release()));
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
