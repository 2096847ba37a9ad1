#include "tools/repatctl/output/render_changes.h"

#include <gmock/gmock.h>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

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

TEST(Compare, TableHasBothFiguresAndTheChanges) {
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

TEST(Compare, CsvHasOneRowPerEntry) {
  EXPECT_EQ(CompareCsv(Compared()),
            "position,recorded_time,change,event_id,event_position,day,headcount,correction_id,"
            "reason\n"
            "11,2023-09-05T00:00:00Z,late,e1,11,2023-08-01,20,,\n"
            "12,,voided,e2,4,,-120,c1,twice\n");
}

TEST(Watch, AnswerIsAnAggregateWithAToken) {
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

}  // namespace
}  // namespace repatriation
