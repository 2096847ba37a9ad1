#include "tools/repatctl/output/render.h"

#include <gmock/gmock.h>

#include <string>

#include "google/protobuf/text_format.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kHeader[] = R"(
    header { applied_position: 1234 known_at_position: 1200
             known_at_time { seconds: 1693872000 } })";

TEST(HeaderLine, SaysWhereTheAnswerComesFrom) {
  EXPECT_EQ(HeaderLine(Parsed<v1::GetBriefingResponse>(kHeader).header()),
            "ledger position 1234, known at position 1200 (2023-09-05T00:00:00Z)\n");
  EXPECT_EQ(HeaderLine({}), "ledger position 0, known at position 0\n");
}

v1::GetAggregateResponse Aggregate() {
  return Parsed<v1::GetAggregateResponse>(std::string(kHeader) + R"(
      rows { group { country: "" category: CATEGORY_FORCE } figure { headcount: 2680 events: 20 } }
      rows { group { country: "SEN" category: CATEGORY_UN_POLICE }
             figure { headcount: 116 events: 1 } }
      total { headcount: 2796 events: 21 })");
}

TEST(Aggregate, TableHasGroupsATotalAndThePosition) {
  EXPECT_EQ(AggregateTable(Aggregate(), {v1::DIMENSION_COUNTRY, v1::DIMENSION_CATEGORY_GROUP}),
            "country      category_group  headcount  events\n"
            "unspecified  force               2,680      20\n"
            "SEN          un_police             116       1\n"
            "total                            2,796      21\n"
            "ledger position 1234, known at position 1200 (2023-09-05T00:00:00Z)\n");
}

TEST(Aggregate, CsvHasTheGroupsInTheOrderAskedFor) {
  EXPECT_EQ(AggregateCsv(Aggregate(), {v1::DIMENSION_CATEGORY_GROUP, v1::DIMENSION_COUNTRY}),
            "category_group,country,headcount,events\n"
            "force,unspecified,2680,20\n"
            "un_police,SEN,116,1\n");
}

TEST(Aggregate, WithoutGroupsIsOneRowAlsoIfItIsZero) {
  EXPECT_EQ(AggregateCsv({}, {}), "headcount,events\n0,0\n");
  EXPECT_EQ(AggregateTable({}, {}),
            "       headcount  events\n"
            "total          0       0\n"
            "ledger position 0, known at position 0\n");
}

TEST(Aggregate, NamesEveryDimension) {
  const auto response = Parsed<v1::GetAggregateResponse>(R"(
      rows {
        group { mission: "M" kind: KIND_DEATH category: CATEGORY_UN_VOLUNTEER country: "SEN"
                site: "Gao" destination_site: "" unit: "QRF, 2" sex: SEX_UNKNOWN
                status: EVENT_STATUS_PLANNED }
        figure { headcount: 1 events: 1 } })");
  EXPECT_EQ(AggregateCsv(response,
                         {v1::DIMENSION_MISSION, v1::DIMENSION_KIND, v1::DIMENSION_CATEGORY,
                          v1::DIMENSION_COUNTRY, v1::DIMENSION_SITE, v1::DIMENSION_DESTINATION_SITE,
                          v1::DIMENSION_UNIT, v1::DIMENSION_SEX, v1::DIMENSION_STATUS}),
            "mission,kind,category,country,site,destination_site,unit,sex,status,headcount,events\n"
            "M,death,un_volunteer,SEN,Gao,unspecified,\"QRF, 2\",unknown,planned,1,1\n");
}

TEST(Json, KeepsFieldNamesAndZerosButNotUnknowns) {
  const auto response = Parsed<v1::ListEventsResponse>(R"(
      events { event { event_id: "e" headcount: 5 } position: 3 })");
  const std::string json = ToJson(response);
  EXPECT_THAT(json, AllOf(HasSubstr("\"destination_site\": \"\""), HasSubstr("\"headcount\": 5"),
                          HasSubstr("\"content_position\": \"0\""), Not(HasSubstr("female"))));
  EXPECT_THAT(ToJson(Parsed<v1::ListEventsResponse>("events { event { female: 0 } }")),
              HasSubstr("\"female\": 0"));
  EXPECT_EQ(json.back(), '\n');
}

TEST(Timeline, CsvIsWhatTheServiceSays) {
  const auto response = Parsed<v1::GetTimelineResponse>(R"(
      rows { bucket_start: "2023-07-01" group { site: "" } figure { headcount: 1000 events: 2 }
             cumulative_headcount: 1000 }
      rows { bucket_start: "2023-09-01" group { site: "Gao" } figure { headcount: 5 events: 1 }
             cumulative_headcount: 5 })");
  EXPECT_EQ(TimelineCsv(response, {v1::DIMENSION_SITE}, false),
            "bucket_start,site,headcount,cumulative_headcount,events\n"
            "2023-07-01,unspecified,1000,1000,2\n"
            "2023-09-01,Gao,5,5,1\n");
}

TEST(Timeline, TableShowsAGapAsNoReportAndABarToTheEdge) {
  const auto response = Parsed<v1::GetTimelineResponse>(R"(
      rows { bucket_start: "2023-11-01" figure { headcount: 2000 events: 2 }
             cumulative_headcount: 2000 }
      rows { bucket_start: "2024-02-01" figure { headcount: 1000 events: 1 }
             cumulative_headcount: 3000 })");
  EXPECT_EQ(TimelineTable(response, {}, v1::BUCKET_MONTH, 64),
            "bucket_start  headcount  cumulative_headcount  events\n"
            "2023-11-01        2,000                 2,000       2  ██████████\n"
            "2023-12-01    no report\n"
            "2024-01-01    no report\n"
            "2024-02-01        1,000                 3,000       1  █████\n"
            "ledger position 0, known at position 0\n");
}

TEST(Timeline, TableWithGroupsKnowsBucketsWithoutAnyRow) {
  const auto response = Parsed<v1::GetTimelineResponse>(R"(
      rows { bucket_start: "2023-08-28" group { site: "Gao" } figure { headcount: 1 events: 1 } }
      rows { bucket_start: "2023-08-28" group { site: "Ber" } figure { headcount: 1 events: 1 } }
      rows { bucket_start: "2023-09-11" group { site: "Ber" } figure { headcount: 1 events: 1 } })");
  const std::string table = TimelineTable(response, {v1::DIMENSION_SITE}, v1::BUCKET_WEEK, 80);
  EXPECT_THAT(table, HasSubstr("\n2023-09-04          no report\n2023-09-11"));
}

TEST(Timeline, TableShortensALongSilence) {
  const auto response = Parsed<v1::GetTimelineResponse>(R"(
      rows { bucket_start: "2023-01-01" figure { headcount: 1 events: 1 } }
      rows { bucket_start: "2023-12-31" figure { headcount: 1 events: 1 } })");
  EXPECT_THAT(TimelineTable(response, {}, v1::BUCKET_DAY, 80),
              HasSubstr("\n2023-01-02    no report\n"
                        "(361 more)    no report\n"
                        "2023-12-30    no report\n"));
}

TEST(Timeline, TableNamesFirstDaysInALeapYear) {
  const auto response = Parsed<v1::GetTimelineResponse>(R"(
      rows { bucket_start: "2024-02-28" figure { headcount: 1 events: 1 } }
      rows { bucket_start: "2024-03-01" figure { headcount: 1 events: 1 } })");
  EXPECT_THAT(TimelineTable(response, {}, v1::BUCKET_DAY, 80),
              HasSubstr("2024-02-29    no report"));
}

TEST(Timeline, WithoutRowsIsAHeader) {
  EXPECT_THAT(TimelineTable({}, {}, v1::BUCKET_DAY, 80), StartsWith("bucket_start  headcount"));
}

v1::ListEventsResponse Events() {
  return Parsed<v1::ListEventsResponse>(std::string(kHeader) + R"(
      events {
        event { event_id: "e1" mission: "M" kind: KIND_REPATRIATION day: "2023-09-20"
                category: CATEGORY_CONTINGENT_TROOPS country: "SEN" site: "Mopti, Sévaré"
                headcount: 1160 source: "says \"x\"" qualifier: QUALIFIER_ABOUT }
        position: 7 recorded_time { seconds: 1693872000 nanos: 123456000 } content_position: 7
        status: EVENT_STATUS_ACTUAL }
      events {
        event { event_id: "e2" mission: "M" kind: KIND_DEATH day: "2023-09-21"
                category: CATEGORY_UN_VOLUNTEER headcount: 1 female: 0 }
        position: 8 recorded_time { seconds: 1693872001 } content_position: 9
        status: EVENT_STATUS_QUARANTINED })");
}

TEST(Events, CsvCanBeImportedWithoutItsLastThreeColumns) {
  EXPECT_EQ(EventsCsvHeader(),
            "event_id,mission,kind,day,category,country,site,destination_site,unit,headcount,"
            "female,movement_ref,source,qualifier,status,position,recorded_time,counts_as\n");
  EXPECT_EQ(EventsCsvRows(Events()),
            "e1,M,repatriation,2023-09-20,contingent_troops,SEN,\"Mopti, Sévaré\",,,1160,,,"
            "\"says \"\"x\"\"\",about,,7,2023-09-05T00:00:00.123456Z,actual\n"
            "e2,M,death,2023-09-21,un_volunteer,,,,,1,0,,,,,8,2023-09-05T00:00:01Z,quarantined\n");
}

TEST(Events, TableLeavesOutEmptyAndLongColumns) {
  EXPECT_EQ(
      EventsTable(Events()),
      "position  event_id  mission  kind          day         category           country  site     "
      " "
      "     headcount  female  qualifier  status\n"
      "       7  e1        M        repatriation  2023-09-20  contingent_troops  SEN      Mopti, "
      "Sévaré      1,160          about\n"
      "       8  e2        M        death         2023-09-21  un_volunteer                         "
      " "
      "             1       0             quarantined\n"
      "ledger position 1234, known at position 1200 (2023-09-05T00:00:00Z)\n");
}

v1::GetEventResponse History() {
  return Parsed<v1::GetEventResponse>(R"(
      event { event_id: "e1" mission: "M" headcount: 6 }
      history { position: 1 recorded_time { seconds: 1693872000 }
                event { event_id: "e1" mission: "M" headcount: 5 site: "Gao" } }
      history { position: 3 recorded_time { seconds: 1693872001 }
                amendment { correction_id: "c1" event_id: "e1" reason: "miscounted, twice"
                            event { mission: "M" headcount: 6 } } }
      history { position: 4 recorded_time { seconds: 1693872002 }
                voiding { correction_id: "c2" event_id: "e1" reason: "no flight" } }
      history { position: 5 recorded_time { seconds: 1693872003 }
                quarantine_release { correction_id: "c3" event_id: "e1"
                                     reason: "seen, counted" } }
      history { position: 6 record { site_closure { record_id: "r1" } } })");
}

TEST(Event, CsvHasOneRowAnEntry) {
  EXPECT_EQ(EventCsv(History()),
            "position,recorded_time,entry,correction_id,reason,event_id,mission,kind,day,category,"
            "country,site,destination_site,unit,headcount,female,movement_ref,source,qualifier,"
            "status\n"
            "1,2023-09-05T00:00:00Z,event,,,e1,M,,,,,Gao,,,5,,,,,\n"
            "3,2023-09-05T00:00:01Z,amendment,c1,\"miscounted, twice\",e1,M,,,,,,,,6,,,,,\n"
            "4,2023-09-05T00:00:02Z,voiding,c2,no flight,e1,,,,,,,,,,,,,,\n"
            "5,2023-09-05T00:00:03Z,quarantine_release,c3,\"seen, counted\",e1,,,,,,,,,,,,,,\n"
            "6,,record,,,,,,,,,,,,,,,,,\n");
}

TEST(Event, TableSaysWhatEachCorrectionChanged) {
  const std::string table = EventTable(History());
  EXPECT_THAT(table, HasSubstr("mission    M\n"));
  EXPECT_THAT(table, HasSubstr("site Gao -> unspecified, headcount 5 -> 6\n"));
  v1::GetEventResponse voided = History();
  voided.clear_event();
  voided.set_voided(true);
  EXPECT_THAT(EventTable(voided), StartsWith("voided: counts in no figure\n"));
  v1::GetEventResponse held = History();
  EXPECT_THAT(EventTable(held), Not(HasSubstr("counts_as")));
  held.set_status(v1::EVENT_STATUS_QUARANTINED);
  EXPECT_THAT(EventTable(held), HasSubstr("counts_as  quarantined\n"));
}

TEST(Briefing, IsTheServicesTextOrItsFigures) {
  const auto response = Parsed<v1::GetBriefingResponse>(R"(
      figures { category: CATEGORY_CONTINGENT_TROOPS figure { headcount: 2583 events: 9 } }
      figures { category: CATEGORY_FORCE figure { headcount: 2680 events: 11 }
                addends: CATEGORY_CONTINGENT_TROOPS }
      text: "MINUSMA\n2,680 Force")");
  EXPECT_EQ(BriefingAsText(response), "MINUSMA\n2,680 Force\n");
  EXPECT_EQ(BriefingCsv(response),
            "category,headcount,events\ncontingent_troops,2583,9\nforce,2680,11\n");
}

TEST(Missions, AreATableOrCsv) {
  const auto response = Parsed<v1::ListMissionsResponse>(R"(
      missions { mission: "MINUSMA" events: 1200 first_day: "2023-07-28" last_day: "2023-12-31"
                 repatriated: 3367 })");
  EXPECT_EQ(MissionsTable(response),
            "mission  events  repatriated  first_day   last_day\n"
            "MINUSMA   1,200        3,367  2023-07-28  2023-12-31\n"
            "ledger position 0, known at position 0\n");
  EXPECT_EQ(MissionsCsv(response),
            "mission,events,repatriated,first_day,last_day\n"
            "MINUSMA,1200,3367,2023-07-28,2023-12-31\n");
}

}  // namespace
}  // namespace repatriation
