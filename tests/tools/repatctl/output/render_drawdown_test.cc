#include "tools/repatctl/output/render_drawdown.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

v1::GetDrawdownResponse Drawdown() {
  return Parsed<v1::GetDrawdownResponse>(R"(
      header { applied_position: 40 known_at_position: 40 }
      mission: "MINUSMA" as_of: "2023-11-30"
      mandate { resolution: "S/RES/2690" adopted: "2023-06-30"
                drawdown_start: "2023-07-01" deadline: "2023-12-31" }
      baseline { series: "un-monthly" as_of: "2023-06-30" headcount: 12895 position: 3 }
      other_baselines { series: "un-monthly" as_of: "2023-06-30" headcount: 12895 position: 3 }
      other_baselines { series: "release" as_of: "2023-06-30" headcount: 12947 position: 9 }
      rows { group { country: "BGD" } baseline: 1611 departed: 1000 remaining: 611
             percent_departed: 62.07 }
      rows { group { country: "" } departed: 8680 died: 2 }
      total { baseline: 12895 departed: 9680 arrived: 5 died: 2 remaining: 3218
              percent_departed: 75.0446 planned_later: 4 }
      pace { window_days: 28 achieved_per_day: 96.04 days_to_deadline: 31
             needed_per_day: 103.806 }
      forecast { method: "Mean of the window." completion_day: "2024-01-03"
                 earliest_day: "2023-12-20" planned_completion_day: "2023-12-17"
                 backtest_days: 90 backtest_held_days: 77 }
      closed_sites { site: "Ber" closed_day: "2023-08-13" remaining: -3 }
      closed_sites { site: "Goundam" closed_day: "2023-08-16" other_days: "2023-08-15" }
      completeness { reported_through: "2023-11-15" includes_unknown_days: true })");
}

TEST(Drawdown, TableHasRowsAndSummary) {
  EXPECT_EQ(
      DrawdownTable(Drawdown(), {v1::DIMENSION_COUNTRY}),
      "country      baseline  departed  arrived  separated  died  remaining  planned_later  "
      "percent_departed\n"
      "BGD             1,611     1,000        0          0     0        611              0  "
      "            62.1\n"
      "unspecified         ?     8,680        0          0     2          ?              0  "
      "               ?\n"
      "total          12,895     9,680        5          0     2      3,218              4  "
      "            75.0\n"
      "\n"
      "MINUSMA         through 2023-11-30\n"
      "mandate         S/RES/2690 of 2023-06-30: 2023-07-01 to 2023-12-31\n"
      "baseline        un-monthly of 2023-06-30, 12,895 people (position 3)\n"
      "other baseline  release of 2023-06-30, 12,947 people (position 9)\n"
      "deadline        in 31 days\n"
      "pace            96.0 a day in the last 28 days, 103.8 a day needed\n"
      "forecast        completed on 2024-01-03 (2023-12-20 to never); planned for 2023-12-17\n"
      "method          Mean of the window.\n"
      "backtest        held on 77 of 90 past days\n"
      "\n"
      "closed_site  closed_day  remaining  other_days\n"
      "Ber          2023-08-13         -3\n"
      "Goundam      2023-08-16          ?  2023-08-15\n"
      "\n"
      "complete through 2023-11-15; later days may still change\n"
      "ledger position 40, known at position 40\n");
}

TEST(Drawdown, UnknownIsNotZero) {
  v1::GetDrawdownResponse response;
  response.set_mission("M");
  response.mutable_total()->set_departed(7);
  response.mutable_forecast()->set_absent_because("there is no baseline");
  const std::string table = DrawdownTable(response, {});
  EXPECT_THAT(table,
              AllOf(HasSubstr("total         ?         7"), HasSubstr("mandate   not recorded\n"),
                    HasSubstr("baseline  ?\n"), HasSubstr("deadline  ?\n"),
                    HasSubstr("forecast  none, there is no baseline\n"),
                    HasSubstr("completeness unknown"), Not(HasSubstr("closed"))));
  EXPECT_EQ(DrawdownCsv(response, {}),
            "baseline,departed,arrived,separated,died,remaining\n,7,0,0,0,\n");
  response.mutable_baseline()->set_series("s");
  response.mutable_baseline()->set_as_of("2023-06-30");
  EXPECT_THAT(DrawdownTable(response, {}),
              AllOf(HasSubstr("through ?\n"), HasSubstr("baseline  s of 2023-06-30, ? people")));
  response.mutable_pace()->set_days_to_deadline(-5);
  EXPECT_THAT(DrawdownTable(response, {}), HasSubstr("deadline  passed 5 days ago\n"));
  response.mutable_pace()->set_days_to_deadline(0);
  EXPECT_THAT(DrawdownTable(response, {}), HasSubstr("deadline  on this day\n"));
}

TEST(Drawdown, CsvHasTheGroupsAndFixedColumns) {
  EXPECT_EQ(DrawdownCsv(Drawdown(), {v1::DIMENSION_COUNTRY}),
            "country,baseline,departed,arrived,separated,died,remaining\n"
            "BGD,1611,1000,0,0,0,611\n"
            "unspecified,,8680,0,0,2,\n");
}

}  // namespace
}  // namespace repatriation
