// The commands that ask how a drawdown stands and how figures change.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "tests/tools/repatctl/testing/app_fixture.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class StandingCommandsTest : public AppTest {};

TEST_F(StandingCommandsTest, DrawdownAsksWhatTheFlagsSay) {
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

TEST_F(StandingCommandsTest, DrawdownOffersItsDimensionsAlone) {
  EXPECT_EQ(Run({"drawdown", "--help"}), 0);
  EXPECT_THAT(out(), AllOf(HasSubstr("category, category_group, country, site\n"),
                           Not(HasSubstr("destination_site"))));
}

TEST_F(StandingCommandsTest, ReconcileFollowsThePages) {
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

TEST_F(StandingCommandsTest, CompareNamesBothStates) {
  query_.comparisons.resize(2);
  for (auto& page : query_.comparisons) page.add_changes()->set_headcount(5);
  EXPECT_EQ(Run({"compare", "--mission", "M", "--before", "206", "--known_at",
                 "2023-09-05T00:00:00Z", "--format", "csv"}),
            0);
  const std::string text = out();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
  const auto& request = query_.compare_requests[0];
  EXPECT_EQ(request.before().known_at_position(), 206);
  EXPECT_EQ(request.read().known_at_time().seconds(), 1'693'872'000);
  EXPECT_THAT(request.filter().missions(), ElementsAre("M"));
}

v1::WatchAggregateResponse Answer(int64_t position, int64_t headcount, bool changed = true) {
  v1::WatchAggregateResponse answer;
  answer.mutable_header()->set_known_at_position(position);
  if (changed) {
    answer.add_rows()->mutable_group()->set_country("SEN");
    answer.mutable_rows(0)->mutable_figure()->set_headcount(headcount);
  }
  answer.mutable_total()->set_headcount(headcount);
  answer.set_resume_token("t" + std::to_string(position));
  return answer;
}

TEST_F(StandingCommandsTest, WatchPrintsChangesUntilThereWereEnough) {
  query_.watches.push_back(
      {{Answer(1, 5), Answer(3, 5, false), Answer(4, 7), Answer(9, 8)}, absl::OkStatus()});
  EXPECT_EQ(Run({"watch", "--mission", "M", "--group_by", "country", "--count", "2", "--format",
                 "csv", "--known_at", "1"}),
            0);
  EXPECT_EQ(out(),
            "position,recorded_time,country,headcount,events,resume_token\n"
            "1,,SEN,5,0,t1\n"
            "4,,SEN,7,0,t4\n");
  EXPECT_EQ(query_.watch_requests[0].read().known_at_position(), 1);
  EXPECT_THAT(query_.watch_requests[0].filter().missions(), ElementsAre("M"));
}

TEST_F(StandingCommandsTest, WatchEndsAtAPositionAlsoWithoutAChange) {
  query_.watches.push_back(
      {{Answer(1, 0, false), Answer(7, 0, false), Answer(9, 8)}, absl::OkStatus()});
  EXPECT_EQ(Run({"watch", "--until", "6", "--format", "json"}), 0);
  EXPECT_THAT(out(), AllOf(StartsWith("{\"header\":"), HasSubstr("\"resume_token\":\"t1\"}\n"),
                           Not(HasSubstr("t7"))))
      << "the first answer is a figure also if it is zero";
}

TEST_F(StandingCommandsTest, WatchResumesWhereItWasCutOff) {
  query_.watches.push_back({{Answer(1, 5)}, absl::UnavailableError("gone")});
  query_.watches.push_back({{Answer(2, 5, false)}, absl::ResourceExhaustedError("too slow")});
  query_.watches.push_back({{Answer(3, 6), Answer(4, 9)}, absl::OkStatus()});
  EXPECT_EQ(Run({"watch", "--known_at", "1", "--min_position", "1", "--count", "2"}), 0);
  ASSERT_THAT(query_.watch_requests, SizeIs(3));
  EXPECT_EQ(query_.watch_requests[0].resume_token(), "");
  EXPECT_EQ(query_.watch_requests[1].resume_token(), "t1");
  EXPECT_EQ(query_.watch_requests[1].read().known_at_case(), v1::ReadOptions::KNOWN_AT_NOT_SET);
  EXPECT_EQ(query_.watch_requests[1].read().min_position(), 1);
  EXPECT_EQ(query_.watch_requests[2].resume_token(), "t2");
  EXPECT_THAT(retry_.slept, SizeIs(2));
  EXPECT_THAT(out(), AllOf(HasSubstr("resume with --resume_token t1\n"),
                           HasSubstr("resume with --resume_token t3\n"), Not(HasSubstr("t4"))));
}

TEST_F(StandingCommandsTest, WatchGoesOnFromAToken) {
  query_.watches.push_back({{Answer(5, 1, false), Answer(6, 2)}, absl::OkStatus()});
  EXPECT_EQ(Run({"watch", "--resume_token", "t4", "--count", "1", "--format", "csv"}), 0);
  EXPECT_EQ(query_.watch_requests[0].resume_token(), "t4");
  EXPECT_THAT(out(), HasSubstr("\n6,,2,0,t6\n"));
  EXPECT_THAT(out(), Not(HasSubstr("t5"))) << "nothing had changed";
}

TEST_F(StandingCommandsTest, WatchThatCannotGoOnFails) {
  query_.failure = absl::InvalidArgumentError("filter");
  EXPECT_EQ(Run({"watch", "--format", "csv"}), kExitUsage);
  EXPECT_EQ(out(), "");
  query_.failure = absl::UnavailableError("gone");
  EXPECT_EQ(Run({"watch"}), kExitService);
  EXPECT_THAT(err(), HasSubstr("no progress for 1m"));
}

TEST_F(StandingCommandsTest, QuarantineListFollowsThePages) {
  query_.quarantines.resize(2);
  for (auto& page : query_.quarantines) page.add_events()->mutable_record()->set_position(7);
  EXPECT_EQ(Run({"quarantine", "list", "--mission", "M", "--format", "csv"}), 0);
  const std::string text = out();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
  EXPECT_EQ(query_.quarantine_requests[0].mission(), "M");
  EXPECT_EQ(Run({"quarantine", "list"}), 0);
  EXPECT_EQ(query_.quarantine_requests.back().mission(), "");
}

TEST_F(StandingCommandsTest, QuarantineReleaseIsIdempotent) {
  const std::vector<std::string> line = {"quarantine", "release", "e1", "--reason", "checked"};
  EXPECT_EQ(Run(line), 0);
  EXPECT_EQ(out(), "recorded at position 1\n");
  EXPECT_EQ(Run(line), 0);
  EXPECT_EQ(out(), "duplicate of position 1\n");
  EXPECT_EQ(Run({"quarantine", "release", "e1", "--reason", "checked", "--correction_id", "c9"}),
            0);
  const auto& release = ingest_.ledger.content().at("c9").quarantine_release();
  EXPECT_EQ(release.event_id(), "e1");
  EXPECT_EQ(release.reason(), "checked");
  EXPECT_THAT(ingest_.ledger.content(), SizeIs(2));
  query_.applied_positions = {1};
  EXPECT_EQ(Run({"quarantine", "release", "e1", "--reason", "checked", "--wait"}), 0);
}

TEST_F(StandingCommandsTest, FiguresCanBeAskedByStatusWithBoundsAndWithoutGaps) {
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

TEST_F(StandingCommandsTest, TheEventsOfEachRowComeAsJson) {
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
