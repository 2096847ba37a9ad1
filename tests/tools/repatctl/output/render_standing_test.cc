// Drawdowns, reconciliations, changes and quarantine as text.
#include <gmock/gmock.h>

#include <string>

#include "google/protobuf/text_format.h"
#include "tools/repatctl/output/render.h"
#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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

TEST(Drawdown, TableHasTheWholeStanding) {
  EXPECT_EQ(DrawdownTable(Drawdown(), {v1::DIMENSION_COUNTRY}),
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
            "forecast        nobody remains on 2024-01-03, from 2023-12-20 to never; as planned on "
            "2023-12-17\n"
            "method          Mean of the window.\n"
            "checked         held on 77 of 90 past days\n"
            "\n"
            "closed_site  closed_day  remaining  other_days\n"
            "Ber          2023-08-13         -3\n"
            "Goundam      2023-08-16          ?  2023-08-15\n"
            "\n"
            "everything is reported through 2023-11-15; later days may still change\n"
            "ledger position 40, known at position 40\n");
}

TEST(Drawdown, WhatIsNotKnownIsNotZero) {
  v1::GetDrawdownResponse response;
  response.set_mission("M");
  response.mutable_total()->set_departed(7);
  response.mutable_forecast()->set_absent_because("there is no baseline");
  const std::string table = DrawdownTable(response, {});
  EXPECT_THAT(table,
              AllOf(HasSubstr("total         ?         7"),
                    HasSubstr("mandate   none is recorded\n"), HasSubstr("baseline  ?\n"),
                    HasSubstr("deadline  ?\n"), HasSubstr("forecast  none, there is no baseline\n"),
                    HasSubstr("nobody has said up to when"), Not(HasSubstr("closed"))));
  EXPECT_EQ(DrawdownCsv(response, {}),
            "baseline,departed,arrived,separated,died,remaining\n,7,0,0,0,\n");
  response.mutable_baseline()->set_series("s");
  response.mutable_baseline()->set_as_of("2023-06-30");
  EXPECT_THAT(DrawdownTable(response, {}),
              AllOf(HasSubstr("through ?\n"), HasSubstr("baseline  s of 2023-06-30, ? people")));
  response.mutable_pace()->set_days_to_deadline(-5);
  EXPECT_THAT(DrawdownTable(response, {}), HasSubstr("deadline  passed 5 days before\n"));
  response.mutable_pace()->set_days_to_deadline(0);
  EXPECT_THAT(DrawdownTable(response, {}), HasSubstr("deadline  on this day\n"));
}

TEST(Drawdown, CsvHasTheGroupsAndFixedColumns) {
  EXPECT_EQ(DrawdownCsv(Drawdown(), {v1::DIMENSION_COUNTRY}),
            "country,baseline,departed,arrived,separated,died,remaining\n"
            "BGD,1611,1000,0,0,0,611\n"
            "unspecified,,8680,0,0,2,\n");
}

v1::ReconcileResponse Reconciled() {
  return Parsed<v1::ReconcileResponse>(R"(
      header { applied_position: 40 known_at_position: 40 }
      reconciliations {
        statement { record_id: "s1" measure: MEASURE_DEPARTED day: "2023-12-01"
                    category: CATEGORY_UNIFORMED headcount: 9680 qualifier: QUALIFIER_EXACT }
        position: 20 recorded: 9680 difference: 0 verdict: VERDICT_AGREES
        explanation: "They are equal." since_position: 20 }
      reconciliations {
        statement { record_id: "s2" measure: MEASURE_REMAINING day: "2023-12-01"
                    category: CATEGORY_ALL headcount: 10040 country: "SEN" site: "Gao" }
        position: 21 recorded: 3831 difference: 6209 verdict: VERDICT_WRONG_MEASURE
        explanation: "It is what had departed." since_position: 33 }
      reconciliations {
        statement { record_id: "s3" measure: MEASURE_DEPARTED from: "2023-08-25"
                    day: "2023-08-25" category: CATEGORY_FORMED_POLICE_UNIT headcount: 125 }
        position: 22 verdict: VERDICT_UNKNOWN explanation: "No events." since_position: 22 }
      conflicts { kind: CONFLICT_KIND_SITE_CLOSURES positions: 30 positions: 31
                  description: "Goundam closed on 2023-08-15 or 2023-08-16." })");
}

TEST(Reconcile, TableSaysWhyAndListsConflicts) {
  EXPECT_EQ(
      ReconcileTable(Reconciled()),
      "position  day         statement                                     stated  qualifier  "
      "recorded  difference  verdict        since\n"
      "      20  2023-12-01  departed uniformed                             9,680  exact      "
      "   9,680           0  agrees            20\n"
      "      21  2023-12-01  remaining all, SEN, Gao                       10,040             "
      "   3,831       6,209  wrong_measure     33\n"
      "      22  2023-08-25  departed formed_police_unit, from 2023-08-25     125             "
      "       ?           ?  unknown           22\n"
      "\n"
      "position  why\n"
      "      21  It is what had departed.\n"
      "      22  No events.\n"
      "\n"
      "conflict       positions  description\n"
      "site_closures  30, 31     Goundam closed on 2023-08-15 or 2023-08-16.\n"
      "\n"
      "ledger position 40, known at position 40\n");
}

TEST(Reconcile, CsvHasItsColumns) {
  EXPECT_EQ(ReconcileCsv(Reconciled()),
            "statement,day,stated,qualifier,recorded,difference,verdict\n"
            "s1,2023-12-01,9680,exact,9680,0,agrees\n"
            "s2,2023-12-01,10040,,3831,6209,wrong_measure\n"
            "s3,2023-08-25,125,,,,unknown\n");
}

v1::CompareAggregatesResponse Compared() {
  return Parsed<v1::CompareAggregatesResponse>(R"(
      header { applied_position: 40 known_at_position: 30 }
      before_position: 10 before { headcount: 1000 events: 9 } after { headcount: 900 events: 9 }
      changes { kind: CHANGE_KIND_LATE headcount: 20 event_position: 11
                entry { position: 11 recorded_time { seconds: 1693872000 }
                        event { event_id: "e1" day: "2023-08-01" headcount: 20 } } }
      changes { kind: CHANGE_KIND_VOIDED headcount: -120 event_position: 4
                entry { position: 12 voiding { correction_id: "c1" event_id: "e2"
                                               reason: "twice" } } })");
}

TEST(Compare, TableHasBothFiguresAndWhatChangedThem) {
  EXPECT_EQ(CompareTable(Compared()),
            "            position  headcount  events\n"
            "before            10      1,000       9\n"
            "after             30        900       9\n"
            "difference                 -100       0\n"
            "\n"
            "position  recorded_time         change  event_id  day         headcount  reason\n"
            "      11  2023-09-05T00:00:00Z  late    e1        2023-08-01        +20\n"
            "      12                        voided  e2                         -120  twice\n"
            "\n"
            "ledger position 40, known at position 30\n");
}

TEST(Compare, CsvHasOneRowAnEntry) {
  EXPECT_EQ(CompareCsv(Compared()),
            "position,recorded_time,change,event_id,event_position,day,headcount,correction_id,"
            "reason\n"
            "11,2023-09-05T00:00:00Z,late,e1,11,2023-08-01,20,,\n"
            "12,,voided,e2,4,,-120,c1,twice\n");
}

TEST(Watch, AnAnswerIsAnAggregateWithAToken) {
  const auto answer = Parsed<v1::WatchAggregateResponse>(R"(
      header { applied_position: 9 known_at_position: 8 known_at_time { seconds: 1693872000 } }
      rows { group { country: "" } figure { headcount: 0 events: 0 } }
      total { headcount: 1234 events: 5 } resume_token: "abc")");
  EXPECT_EQ(WatchTable(answer, {v1::DIMENSION_COUNTRY}),
            "country      headcount  events\n"
            "unspecified          0       0\n"
            "total            1,234       5\n"
            "ledger position 9, known at position 8 (2023-09-05T00:00:00Z)\n"
            "resume with --resume_token abc\n\n");
  EXPECT_EQ(WatchCsvHeader({v1::DIMENSION_COUNTRY}),
            "position,recorded_time,country,headcount,events,resume_token\n");
  EXPECT_EQ(WatchCsvRows(answer, {v1::DIMENSION_COUNTRY}),
            "8,2023-09-05T00:00:00Z,unspecified,0,0,abc\n");
  EXPECT_EQ(WatchCsvRows(answer, {}), "8,2023-09-05T00:00:00Z,1234,5,abc\n");
}

TEST(Quarantine, SaysWhichStrengthIsExceeded) {
  const auto response = Parsed<v1::ListQuarantineResponse>(R"(
      events { record { event { event_id: "e1" mission: "M" kind: KIND_REPATRIATION
                                day: "2023-12-12" category: CATEGORY_CONTINGENT_TROOPS
                                country: "DEU" headcount: 1142 } position: 7 }
               strength { series: "un-monthly" as_of: "2023-11-30" headcount: 100 }
               change_since: -20 }
      events { record { event { event_id: "e2" headcount: 1 } position: 8 } })");
  EXPECT_EQ(QuarantineCsv(response),
            "position,event_id,mission,kind,day,category,country,site,headcount,strength,"
            "strength_series,strength_as_of,change_since\n"
            "7,e1,M,repatriation,2023-12-12,contingent_troops,DEU,,1142,100,un-monthly,2023-11-30,"
            "-20\n"
            "8,e2,,,,,,,1,,,,0\n");
  EXPECT_THAT(QuarantineTable(response),
              AllOf(StartsWith("position  event_id"), HasSubstr("un-monthly"), HasSubstr("1,142")));
}

TEST(Aggregate, ShowsBoundsAndCompletenessWhereThereAreAny) {
  const auto response = Parsed<v1::GetAggregateResponse>(R"(
      rows { group { country: "TCD" } figure { headcount: 1400 events: 1 low: 1260 high: 1540 } }
      total { headcount: 1400 events: 1 low: 1260 high: 1540 }
      completeness { reported_through: "2023-12-31" })");
  EXPECT_EQ(AggregateTable(response, {v1::DIMENSION_COUNTRY}),
            "country  headcount    low   high  events\n"
            "TCD          1,400  1,260  1,540       1\n"
            "total        1,400  1,260  1,540       1\n"
            "everything is reported through 2023-12-31\n"
            "ledger position 0, known at position 0\n");
  EXPECT_EQ(AggregateCsv(response, {v1::DIMENSION_COUNTRY}),
            "country,headcount,low,high,events\nTCD,1400,1260,1540,1\n");
}

TEST(Timeline, AnUnknownBucketIsNeverZero) {
  const auto response = Parsed<v1::GetTimelineResponse>(R"(
      rows { bucket_start: "2023-10-01" figure { headcount: 0 events: 0 }
             cumulative_headcount: 0 moving_average: 0.25 }
      rows { bucket_start: "2023-11-01" figure { headcount: 4 events: 1 }
             cumulative_headcount: 4 incomplete: true }
      rows { bucket_start: "2023-12-01" cumulative_headcount: 4 incomplete: true }
      completeness {})");
  EXPECT_EQ(TimelineTable(response, {}, v1::BUCKET_MONTH, 20, true),
            "bucket_start  headcount  cumulative_headcount  events  moving_average  incomplete\n"
            "2023-10-01            0                     0       0             0.2\n"
            "2023-11-01            4                     4       1               ?  yes         "
            "██████████\n"
            "2023-12-01            ?                     ?       ?               ?  yes\n"
            "nobody has said up to when everything is reported\n"
            "ledger position 0, known at position 0\n");
  EXPECT_EQ(TimelineCsv(response, {}, true),
            "bucket_start,headcount,cumulative_headcount,events,incomplete,moving_average\n"
            "2023-10-01,0,0,0,false,0.2\n"
            "2023-11-01,4,4,1,true,\n"
            "2023-12-01,,,,true,\n");
}

}  // namespace
}  // namespace repatriation
