#include "tools/repatctl/output/render_missions.h"

#include <gmock/gmock.h>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

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
