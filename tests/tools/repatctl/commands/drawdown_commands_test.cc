#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "tests/tools/repatctl/testing/app_fixture.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class DrawdownCommandsTest : public AppTest {};

TEST_F(DrawdownCommandsTest, DrawdownFlagsSetTheRequest) {
  EXPECT_EQ(Run({"drawdown",
                 "MINUSMA",
                 "--as_of",
                 "2023-11-30",
                 "--category",
                 "force,un_police",
                 "--country",
                 "SEN",
                 "--site",
                 "Gao",
                 "--baseline_series",
                 "un-monthly",
                 "--baseline_day",
                 "2023-06-30",
                 "--group_by",
                 "site,category_group",
                 "--pace_window",
                 "14",
                 "--known_at",
                 "12",
                 "--format",
                 "json"}),
            0);
  ASSERT_THAT(query_.drawdown_requests, SizeIs(1));
  const auto& request = query_.drawdown_requests[0];
  EXPECT_EQ(request.mission(), "MINUSMA");
  EXPECT_EQ(request.as_of(), "2023-11-30");
  EXPECT_THAT(request.categories(), ElementsAre(v1::CATEGORY_FORCE, v1::CATEGORY_UN_POLICE));
  EXPECT_THAT(request.countries(), ElementsAre("SEN"));
  EXPECT_THAT(request.sites(), ElementsAre("Gao"));
  EXPECT_EQ(request.baseline().series(), "un-monthly");
  EXPECT_EQ(request.baseline().as_of(), "2023-06-30");
  EXPECT_THAT(request.group_by(), ElementsAre(v1::DIMENSION_SITE, v1::DIMENSION_CATEGORY_GROUP));
  EXPECT_EQ(request.pace_window_days(), 14);
  EXPECT_EQ(request.read().known_at_position(), 12);
  EXPECT_THAT(out(), HasSubstr("\"closed_sites\": []"));

  EXPECT_EQ(Run({"drawdown", "--mission", "MINUSMA", "--format", "csv"}), 0);
  EXPECT_FALSE(query_.drawdown_requests[1].has_baseline());
  EXPECT_EQ(out(), "baseline,departed,arrived,separated,died,remaining\n,0,0,0,0,\n");
  query_.failure = absl::NotFoundError("no mission");
  EXPECT_EQ(Run({"drawdown", "M"}), kExitService);
}

TEST_F(DrawdownCommandsTest, DrawdownHelpListsOnlyItsDimensions) {
  EXPECT_EQ(Run({"drawdown", "--help"}), 0);
  EXPECT_THAT(out(), AllOf(HasSubstr("category, category_group, country, site\n"),
                           Not(HasSubstr("destination_site"))));
}

TEST_F(DrawdownCommandsTest, ReconcileReadsAllPages) {
  query_.reconciliations.resize(2);
  query_.reconciliations[0].add_reconciliations()->mutable_statement()->set_record_id("s1");
  query_.reconciliations[0].add_conflicts()->set_description("two days");
  query_.reconciliations[1].add_reconciliations()->mutable_statement()->set_record_id("s2");
  EXPECT_EQ(Run({"reconcile", "M", "--from", "2023-07-01", "--to", "2024-01-01", "--format=csv"}),
            0);
  EXPECT_EQ(out(),
            "statement,day,stated,qualifier,recorded,difference,verdict\n"
            "s1,,0,,,,unspecified\n"
            "s2,,0,,,,unspecified\n");
  ASSERT_THAT(query_.reconcile_requests, SizeIs(2));
  EXPECT_EQ(query_.reconcile_requests[0].mission(), "M");
  EXPECT_EQ(query_.reconcile_requests[0].days().from(), "2023-07-01");
  EXPECT_EQ(query_.reconcile_requests[1].page_token(), "1");
  EXPECT_EQ(Run({"reconcile", "M"}), 0);
  EXPECT_THAT(out(), HasSubstr("two days")) << "of the first page";
}

TEST_F(DrawdownCommandsTest, QuarantineListReadsAllPages) {
  query_.quarantines.resize(2);
  for (auto& page : query_.quarantines) page.add_events()->mutable_record()->set_position(7);
  EXPECT_EQ(Run({"quarantine", "list", "--mission", "M", "--format", "csv"}), 0);
  const std::string text = out();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
  EXPECT_EQ(query_.quarantine_requests[0].mission(), "M");
  EXPECT_EQ(Run({"quarantine", "list"}), 0);
  EXPECT_EQ(query_.quarantine_requests.back().mission(), "");
}

}  // namespace
}  // namespace repatriation
