#include "tools/repatctl/output/render_timeline.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/tools/repatctl/testing/text_proto.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Timeline, CsvHasTheServicesRows) {
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

TEST(Timeline, TableShowsGapsAndBars) {
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

TEST(Timeline, TableWithGroupsShowsEmptyBuckets) {
  const auto response = Parsed<v1::GetTimelineResponse>(R"(
      rows { bucket_start: "2023-08-28" group { site: "Gao" } figure { headcount: 1 events: 1 } }
      rows { bucket_start: "2023-08-28" group { site: "Ber" } figure { headcount: 1 events: 1 } }
      rows { bucket_start: "2023-09-11" group { site: "Ber" } figure { headcount: 1 events: 1 } })");
  const std::string table = TimelineTable(response, {v1::DIMENSION_SITE}, v1::BUCKET_WEEK, 80);
  EXPECT_THAT(table, HasSubstr("\n2023-09-04          no report\n2023-09-11"));
}

TEST(Timeline, TableShortensLongGaps) {
  const auto response = Parsed<v1::GetTimelineResponse>(R"(
      rows { bucket_start: "2023-01-01" figure { headcount: 1 events: 1 } }
      rows { bucket_start: "2023-12-31" figure { headcount: 1 events: 1 } })");
  EXPECT_THAT(TimelineTable(response, {}, v1::BUCKET_DAY, 80),
              HasSubstr("\n2023-01-02    no report\n"
                        "(361 more)    no report\n"
                        "2023-12-30    no report\n"));
}

TEST(Timeline, TableGapsHandleLeapYears) {
  const auto response = Parsed<v1::GetTimelineResponse>(R"(
      rows { bucket_start: "2024-02-28" figure { headcount: 1 events: 1 } }
      rows { bucket_start: "2024-03-01" figure { headcount: 1 events: 1 } })");
  EXPECT_THAT(TimelineTable(response, {}, v1::BUCKET_DAY, 80),
              HasSubstr("2024-02-29    no report"));
}

TEST(Timeline, WithoutRowsIsOnlyAHeader) {
  EXPECT_THAT(TimelineTable({}, {}, v1::BUCKET_DAY, 80), StartsWith("bucket_start  headcount"));
}

TEST(Timeline, UnknownBucketIsNotZero) {
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
            "completeness unknown: no reported_through record\n"
            "ledger position 0, known at position 0\n");
  EXPECT_EQ(TimelineCsv(response, {}, true),
            "bucket_start,headcount,cumulative_headcount,events,incomplete,moving_average\n"
            "2023-10-01,0,0,0,false,0.2\n"
            "2023-11-01,4,4,1,true,\n"
            "2023-12-01,,,,true,\n");
}

}  // namespace
}  // namespace repatriation
