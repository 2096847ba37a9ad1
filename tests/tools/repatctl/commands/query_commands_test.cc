#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "tests/tools/repatctl/testing/app_fixture.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class QueryCommandsTest : public AppTest {};

TEST_F(QueryCommandsTest, AggregateReadsAllPages) {
  query_.aggregates.resize(2);
  query_.aggregates[0].mutable_total()->set_headcount(3);
  for (auto& page : query_.aggregates) {
    auto& row = *page.add_rows();
    row.mutable_group()->set_country(&page == &query_.aggregates[0] ? "BGD" : "SEN");
    row.mutable_figure()->set_headcount(1);
  }
  EXPECT_EQ(Run({"aggregate", "--mission", "M", "--site=", "--country", "SEN,BGD", "--country",
                 "unspecified", "--to=2023-09-28", "--group_by", "country", "--known_at", "9",
                 "--min_position", "4", "--format=csv"}),
            0);
  EXPECT_EQ(out(), "country,headcount,events\nBGD,1,0\nSEN,1,0\n");
  ASSERT_THAT(query_.aggregate_requests, SizeIs(2));
  const auto& first = query_.aggregate_requests[0];
  EXPECT_THAT(first.filter().countries(), ElementsAre("SEN", "BGD", ""));
  EXPECT_THAT(first.filter().sites(), ElementsAre(""));
  EXPECT_THAT(first.filter().kinds(), IsEmpty()) << "the service has the default";
  EXPECT_EQ(first.filter().days().to(), "2023-09-28");
  EXPECT_EQ(first.read().known_at_position(), 9);
  EXPECT_EQ(first.read().min_position(), 4);
  EXPECT_EQ(first.page_token(), "");
  auto second = query_.aggregate_requests[1];
  EXPECT_EQ(second.page_token(), "1");
  second.clear_page_token();
  EXPECT_EQ(second.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(Run({"aggregate", "--group_by", "country"}), 0);
  EXPECT_THAT(out(), HasSubstr("total            3"));
}

TEST_F(QueryCommandsTest, TimelineBucketDefaultsToMonth) {
  query_.timelines.resize(1);
  EXPECT_EQ(Run({"timeline"}), 0);
  EXPECT_EQ(query_.timeline_requests.back().bucket(), v1::BUCKET_MONTH);
  EXPECT_EQ(Run({"timeline", "--bucket", "day", "--group_by", "kind,site", "--kind", "all"}), 0);
  EXPECT_EQ(query_.timeline_requests.back().bucket(), v1::BUCKET_DAY);
  EXPECT_THAT(query_.timeline_requests.back().group_by(),
              ElementsAre(v1::DIMENSION_KIND, v1::DIMENSION_SITE));
  EXPECT_THAT(query_.timeline_requests.back().filter().kinds(), SizeIs(5));
}

TEST_F(QueryCommandsTest, BriefingPrintsTheServicesText) {
  query_.briefing.set_text("97 staff officers\n");
  EXPECT_EQ(Run({"briefing", "--mission", "MINUSMA", "--to", "2023-09-28"}), 0);
  EXPECT_EQ(out(), "97 staff officers\n");
  EXPECT_EQ(query_.briefing_requests[0].mission(), "MINUSMA");
  query_.briefing.set_markdown("# MINUSMA");
  EXPECT_EQ(Run({"briefing", "--mission", "MINUSMA", "--format", "markdown"}), 0);
  EXPECT_EQ(out(), "# MINUSMA\n");
  EXPECT_EQ(Run({"missions", "--format", "markdown"}), kExitUsage);
  EXPECT_EQ(query_.briefing_requests[0].days().to(), "2023-09-28");
}

TEST_F(QueryCommandsTest, EventsStopAtTheLimit) {
  query_.events.resize(3);
  for (int i = 0; i < 6; ++i) {
    auto& event = *query_.events[static_cast<size_t>(i / 2)].add_events();
    event.set_position(i + 1);
    event.mutable_event()->set_headcount(1);
  }
  EXPECT_EQ(Run({"events", "--format", "csv"}), 0);
  const std::string all = out();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 7);
  query_.events_requests.clear();
  EXPECT_EQ(Run({"events", "--format", "csv", "--limit", "3"}), 0);
  EXPECT_THAT(out(), EndsWith(",,,,,,,,,1,,,,,,3,,\n"));
  ASSERT_THAT(query_.events_requests, SizeIs(2));
  EXPECT_EQ(query_.events_requests[0].page_size(), 3);
  EXPECT_EQ(Run({"events", "--format", "json", "--limit", "4"}), 0);
  EXPECT_THAT(out(),
              AllOf(HasSubstr("\"position\": \"4\""), HasSubstr("\"next_page_token\": \"\"")));
  query_.events = {{}};
  EXPECT_EQ(Run({"events", "--format", "csv"}), 0);
  EXPECT_THAT(out(), StartsWith("event_id,mission,")) << "a header even without events";
}

TEST_F(QueryCommandsTest, FigureFlagsSetStatusBoundsAndGaps) {
  query_.timelines.resize(1);
  EXPECT_EQ(Run({"aggregate", "--status", "planned,quarantined", "--group_by", "status",
                 "--with_bounds"}),
            0);
  EXPECT_THAT(query_.aggregate_requests[0].filter().statuses(),
              ElementsAre(v1::EVENT_STATUS_PLANNED, v1::EVENT_STATUS_QUARANTINED));
  EXPECT_THAT(query_.aggregate_requests[0].group_by(), ElementsAre(v1::DIMENSION_STATUS));
  EXPECT_TRUE(query_.aggregate_requests[0].with_bounds());
  EXPECT_EQ(Run({"aggregate", "--status", "all"}), 0);
  EXPECT_THAT(query_.aggregate_requests[1].filter().statuses(), SizeIs(3));
  EXPECT_FALSE(query_.aggregate_requests[1].with_bounds());
  EXPECT_EQ(Run({"timeline", "--mission", "M", "--fill_gaps", "--moving_average", "7"}), 0);
  EXPECT_TRUE(query_.timeline_requests[0].fill_gaps());
  EXPECT_EQ(query_.timeline_requests[0].moving_average_buckets(), 7);
  EXPECT_THAT(query_.timeline_requests[0].filter().statuses(), IsEmpty());
}

TEST_F(QueryCommandsTest, ProvenanceNeedsJson) {
  query_.timelines.resize(1);
  EXPECT_EQ(Run({"aggregate", "--with_provenance", "--format", "json"}), 0);
  EXPECT_TRUE(query_.aggregate_requests[0].with_provenance());
  EXPECT_EQ(query_.aggregate_requests[0].page_size(), 1000);
  EXPECT_EQ(Run({"timeline", "--with_provenance", "--format", "json"}), 0);
  EXPECT_TRUE(query_.timeline_requests[0].with_provenance());
  EXPECT_EQ(Run({"drawdown", "M", "--with_provenance", "--format", "json"}), 0);
  EXPECT_TRUE(query_.drawdown_requests[0].with_provenance());
  for (const std::string command : {"aggregate", "timeline"}) {
    EXPECT_NE(Run({command, "--with_provenance"}), 0);
    EXPECT_THAT(err(), HasSubstr("--with_provenance needs --format json"));
  }
}

}  // namespace
}  // namespace repatriation
