#include "tools/repatctl/output/render_aggregate.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

constexpr char kAggregateHeader[] = R"(
    header { applied_position: 1234 known_at_position: 1200
             known_at_time { seconds: 1693872000 } })";

v1::GetAggregateResponse Aggregate() {
  return Parsed<v1::GetAggregateResponse>(std::string(kAggregateHeader) + R"(
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

TEST(Aggregate, CsvHasGroupsInRequestOrder) {
  EXPECT_EQ(AggregateCsv(Aggregate(), {v1::DIMENSION_CATEGORY_GROUP, v1::DIMENSION_COUNTRY}),
            "category_group,country,headcount,events\n"
            "force,unspecified,2680,20\n"
            "un_police,SEN,116,1\n");
}

TEST(Aggregate, WithoutGroupsIsOneRowEvenIfZero) {
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

TEST(Aggregate, ShowsBoundsAndCompleteness) {
  const auto response = Parsed<v1::GetAggregateResponse>(R"(
      rows { group { country: "TCD" } figure { headcount: 1400 events: 1 low: 1260 high: 1540 } }
      total { headcount: 1400 events: 1 low: 1260 high: 1540 }
      completeness { reported_through: "2023-12-31" })");
  EXPECT_EQ(AggregateTable(response, {v1::DIMENSION_COUNTRY}),
            "country  headcount    low   high  events\n"
            "TCD          1,400  1,260  1,540       1\n"
            "total        1,400  1,260  1,540       1\n"
            "complete through 2023-12-31\n"
            "ledger position 0, known at position 0\n");
  EXPECT_EQ(AggregateCsv(response, {v1::DIMENSION_COUNTRY}),
            "country,headcount,low,high,events\nTCD,1400,1260,1540,1\n");
}

}  // namespace
}  // namespace repatriation
