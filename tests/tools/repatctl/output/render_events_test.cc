#include "tools/repatctl/output/render_events.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kEventsHeader[] = R"(
    header { applied_position: 1234 known_at_position: 1200
             known_at_time { seconds: 1693872000 } })";

v1::ListEventsResponse Events() {
  return Parsed<v1::ListEventsResponse>(std::string(kEventsHeader) + R"(
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

TEST(Events, TableOmitsEmptyAndLongColumns) {
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

TEST(Event, CsvHasOneRowPerEntry) {
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

TEST(Event, TableShowsWhatEachCorrectionChanged) {
  const std::string table = EventTable(History());
  EXPECT_THAT(table, HasSubstr("mission    M\n"));
  EXPECT_THAT(table, HasSubstr("site Gao -> unspecified, headcount 5 -> 6\n"));
  v1::GetEventResponse voided = History();
  voided.clear_event();
  voided.set_voided(true);
  EXPECT_THAT(EventTable(voided), StartsWith("voided: not counted in any figure\n"));
  v1::GetEventResponse held = History();
  EXPECT_THAT(EventTable(held), Not(HasSubstr("counts_as")));
  held.set_status(v1::EVENT_STATUS_QUARANTINED);
  EXPECT_THAT(EventTable(held), HasSubstr("counts_as  quarantined\n"));
}

}  // namespace
}  // namespace repatriation
