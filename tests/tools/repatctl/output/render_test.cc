#include "tools/repatctl/output/render.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHeader[] = R"(
    header { applied_position: 1234 known_at_position: 1200
             known_at_time { seconds: 1693872000 } })";

TEST(HeaderLine, ShowsPositionsAndTime) {
  EXPECT_EQ(HeaderLine(Parsed<v1::GetBriefingResponse>(kHeader).header()),
            "ledger position 1234, known at position 1200 (2023-09-05T00:00:00Z)\n");
  EXPECT_EQ(HeaderLine({}), "ledger position 0, known at position 0\n");
}

TEST(Json, KeepsFieldNamesAndZerosButOmitsUnknowns) {
  const auto response = Parsed<v1::ListEventsResponse>(R"(
      events { event { event_id: "e" headcount: 5 } position: 3 })");
  const std::string json = ToJson(response);
  EXPECT_THAT(json, AllOf(HasSubstr("\"destination_site\": \"\""), HasSubstr("\"headcount\": 5"),
                          HasSubstr("\"content_position\": \"0\""), Not(HasSubstr("female"))));
  EXPECT_THAT(ToJson(Parsed<v1::ListEventsResponse>("events { event { female: 0 } }")),
              HasSubstr("\"female\": 0"));
  EXPECT_EQ(json.back(), '\n');
}

}  // namespace
}  // namespace repatriation
