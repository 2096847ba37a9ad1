#include "tools/repatctl/output/render_quarantine.h"

#include <gmock/gmock.h>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Quarantine, ShowsTheExceededStrength) {
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

}  // namespace
}  // namespace repatriation
