#include "tools/repatctl/app.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "common/base/errors.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/tools/repatctl/testing/app_fixture.h"
#include "tools/repatctl/import/event_ids.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(AppTest, HelpIsThereForEveryCommand) {
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(out(), AllOf(HasSubstr("REPAT_INGEST"), HasSubstr("briefing")));
  for (const char* command :
       {"import", "record", "correct", "void", "aggregate", "timeline", "briefing", "events",
        "event", "missions", "load", "drawdown", "reconcile", "compare", "watch", "quarantine"}) {
    EXPECT_EQ(Run({command, "--help"}), 0) << command;
    EXPECT_THAT(out(), AllOf(HasSubstr("Usage: repatctl"), HasSubstr("Example: "))) << command;
  }
}

TEST_F(AppTest, AWrongCommandLineIsToldAndNothingRuns) {
  const std::vector<std::vector<std::string>> lines = {
      {},
      {"dance"},
      {"aggregate", "--colour", "red"},
      {"aggregate", "stray"},
      {"aggregate", "--format", "xml"},
      {"aggregate", "--group_by", "colour"},
      {"aggregate", "--kind", "departure"},
      {"aggregate", "--known_at", "yesterday"},
      {"timeline", "--bucket", "year"},
      {"timeline", "--moving_average", "7"},
      {"timeline", "--fill_gaps", "--moving_average", "1"},
      {"aggregate", "--status", "likely"},
      {"drawdown"},
      {"drawdown", "M", "--as_of", "tomorrow"},
      {"drawdown", "M", "--group_by", "colour"},
      {"drawdown", "M", "--pace_window", "367"},
      {"reconcile"},
      {"compare", "--mission", "M"},
      {"compare", "--before", "yesterday"},
      {"watch", "--count", "0"},
      {"watch", "--resume_token", "t", "--known_at", "5"},
      {"quarantine"},
      {"quarantine", "release", "e1"},
      {"quarantine", "release", "--reason", "r"},
      {"briefing"},
      {"event"},
      {"events", "--limit", "-1"},
      {"import"},
      {"import", "-", "--batch", "10001"},
      {"import", "-", "--window", "0"},
      {"import", "-", "--as", "colour"},
      {"import", "/nowhere/events.csv"},
      {"import", "/"},
      {"record", "--mission", "M"},
      {"correct", "e1", "--headcount", "5"},
      {"correct", "e1", "--reason", "r"},
      {"void", "e1"},
      {"load", "--unary", "--streams", "2"},
      {"load", "--unary", "--window", "2"},
      {"load", "--callers", "2"},
      {"load", "--unary", "--callers", "0"},
      {"load", "--unary", "--callers", "10001"},
      {"missions", "--timeout", "0"},
  };
  for (const auto& line : lines) {
    EXPECT_EQ(Run(line), kExitUsage) << ::testing::PrintToString(line);
    EXPECT_THAT(err(), StartsWith("error: ")) << ::testing::PrintToString(line);
    EXPECT_EQ(out(), "");
  }
  EXPECT_EQ(target_, "") << "connected all the same";
}

TEST_F(AppTest, LoadRefusesFlagsThatMakeNoSenseTogether) {
  EXPECT_EQ(Run({"load", "--unary", "--streams", "2"}), kExitUsage);
  EXPECT_THAT(err(), AllOf(HasSubstr("--streams"), HasSubstr("--unary")));
  EXPECT_EQ(Run({"load", "--window", "2", "--unary"}), kExitUsage);
  EXPECT_THAT(err(), AllOf(HasSubstr("--window"), HasSubstr("--unary")));
  EXPECT_EQ(Run({"load", "--callers", "2"}), kExitUsage);
  EXPECT_THAT(err(), AllOf(HasSubstr("--callers"), HasSubstr("--unary")));
}

TEST_F(AppTest, LoadEndsWithALineOfJson) {
  EXPECT_EQ(Run({"load", "--events", "10", "--streams", "1", "--no_verify"}), 0);
  EXPECT_THAT(out(), AllOf(HasSubstr("\"recorded\": 10, \"duplicate\": 0, \"rejected\": 0, "
                                     "\"batch\": 1000, \"streams\": 1, \"retried\": 0, "),
                           EndsWith("\"verified\": null}\n")));
  EXPECT_EQ(Run({"load", "--events", "10", "--unary", "--no_verify"}), 0);
  EXPECT_THAT(out(), HasSubstr("\"recorded\": 0, \"duplicate\": 10, \"rejected\": 0, "
                               "\"batch\": 1, \"callers\": 64, \"retried\": 0, "));
}

TEST_F(AppTest, LoadVerifiesTheTotals) {
  v1::GetAggregateResponse& answer = query_.aggregates.emplace_back();
  query_.applied_positions = {10};
  EXPECT_EQ(Run({"load", "--events", "10", "--unary", "--callers", "3"}), kExitRejected);
  EXPECT_THAT(out(), EndsWith("\"verified\": false}\n"));
  answer.mutable_total()->set_events(10);
  for (const auto& [id, submission] : ingest_.ledger.content()) {
    answer.mutable_total()->set_headcount(answer.total().headcount() +
                                          submission.event().headcount());
  }
  EXPECT_EQ(Run({"load", "--events", "10", "--unary", "--callers", "3"}), kExitOk);
  EXPECT_THAT(out(), EndsWith("\"verified\": true}\n"));
}

TEST_F(AppTest, GlobalFlagsStandBeforeOrAfterTheCommandOrInTheEnvironment) {
  query_.missions.resize(1);
  EXPECT_EQ(Run({"missions"}), 0);
  EXPECT_EQ(target_, "127.0.0.1:7002");
  EXPECT_EQ(timeout_, absl::Seconds(30));
  EXPECT_EQ(Run({"--query=a:1", "--timeout=5", "missions"}), 0);
  EXPECT_EQ(target_, "a:1");
  EXPECT_EQ(timeout_, absl::Seconds(5));
  EXPECT_EQ(Run({"missions", "--query", "b:2", "--timeout", "0.5"}), 0);
  EXPECT_EQ(target_, "b:2");
  EXPECT_EQ(timeout_, absl::Milliseconds(500));
  setenv("REPAT_QUERY", "c:3", 1);
  setenv("REPAT_INGEST", "d:4", 1);
  EXPECT_EQ(Run({"missions"}), 0);
  EXPECT_EQ(target_, "c:3");
  EXPECT_EQ(Run({"missions", "--query=e:5"}), 0);
  EXPECT_EQ(target_, "e:5");
  EXPECT_EQ(Run({"void", "e1", "--reason", "r"}), 0);
  EXPECT_EQ(target_, "d:4");
}

TEST_F(AppTest, AggregateFollowsThePages) {
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
  EXPECT_THAT(first.filter().kinds(), IsEmpty()) << "the default is the service's";
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

TEST_F(AppTest, TimelineIsByMonthUnlessToldOtherwise) {
  query_.timelines.resize(1);
  EXPECT_EQ(Run({"timeline"}), 0);
  EXPECT_EQ(query_.timeline_requests.back().bucket(), v1::BUCKET_MONTH);
  EXPECT_EQ(Run({"timeline", "--bucket", "day", "--group_by", "kind,site", "--kind", "all"}), 0);
  EXPECT_EQ(query_.timeline_requests.back().bucket(), v1::BUCKET_DAY);
  EXPECT_THAT(query_.timeline_requests.back().group_by(),
              ElementsAre(v1::DIMENSION_KIND, v1::DIMENSION_SITE));
  EXPECT_THAT(query_.timeline_requests.back().filter().kinds(), SizeIs(5));
}

TEST_F(AppTest, BriefingPrintsTheServicesText) {
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

TEST_F(AppTest, EventsStopAtTheLimit) {
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
  EXPECT_THAT(out(), StartsWith("event_id,mission,")) << "a header also without events";
}

TEST_F(AppTest, ServiceErrorsAreOneLine) {
  query_.failure = absl::UnavailableError("gone\nfor good");
  EXPECT_EQ(Run({"missions"}), kExitService);
  EXPECT_EQ(err(), "error: UNAVAILABLE: gone for good\n");
  query_.failure = InvalidField("filter.countries", "UNKNOWN_COUNTRY", "must be ISO 3166");
  EXPECT_EQ(Run({"missions"}), kExitUsage);
  EXPECT_EQ(err(),
            "error: INVALID_ARGUMENT: filter.countries: must be ISO 3166 (UNKNOWN_COUNTRY)\n");
  query_.failure = Exhausted("busy", absl::Seconds(2));
  EXPECT_EQ(Run({"missions"}), kExitService);
  EXPECT_EQ(err(), "error: RESOURCE_EXHAUSTED: busy (try again in 2s)\n");
  query_.failure = absl::NotFoundError("no event \"x\"");
  EXPECT_EQ(Run({"event", "x"}), kExitService);
}

TEST_F(AppTest, OutputThatCannotBeWrittenIsAnError) {
  query_.briefing.set_text("text");
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(Run({"briefing", "--mission", "M"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("cannot write"));
}

constexpr char kFile[] =
    "mission,kind,day,category,headcount\n"
    "M,arrival,2023-01-01,un_volunteer,5\n"
    "M,arrival,2023-01-01,un_volunteer,5\n";

TEST_F(AppTest, ImportEndsWithItsCounts) {
  EXPECT_EQ(Run({"import", "-"}, kFile), 0);
  EXPECT_EQ(out(), "recorded 2, duplicate 0, rejected 0\n");
  EXPECT_EQ(err(), "");
  EXPECT_EQ(Run({"import", "-"}, kFile), 0);
  EXPECT_EQ(out(), "recorded 0, duplicate 2, rejected 0\n");
}

TEST_F(AppTest, ImportListsRejectedRows) {
  EXPECT_EQ(Run({"import", "-"}, std::string(kFile) + "M,arrival,2023-01-01,un_volunteer,x\n" +
                                     "M,arrival,2023-01-01,un_volunteer,0\n"),
            kExitRejected);
  EXPECT_EQ(out(), "recorded 2, duplicate 0, rejected 2\n");
  EXPECT_EQ(err(),
            "line 4: headcount: NOT_AN_INTEGER: must be a whole number in decimal digits, is "
            "\"x\"\n"
            "line 5: headcount: OUT_OF_RANGE: must be 1 to 100000, is 0\n");
}

TEST_F(AppTest, ImportTakesRecordsToo) {
  const std::vector<std::string> line = {"import", "--as", "site_closure", "-"};
  constexpr char kClosures[] = "mission,site,day\nM,Ber,2023-08-13\nM,Gao,2023-12-12\n";
  EXPECT_EQ(Run(line, kClosures), 0);
  EXPECT_EQ(out(), "recorded 2, duplicate 0, rejected 0\n");
  EXPECT_EQ(Run(line, kClosures), 0);
  EXPECT_EQ(out(), "recorded 0, duplicate 2, rejected 0\n");
  EXPECT_TRUE(ingest_.ledger.content().begin()->second.record().has_site_closure());
}

TEST_F(AppTest, ImportWarnsOfRecordsThatTakeNothingBack) {
  const std::vector<std::string> line = {"import", "--as", "site_closure", "-"};
  const std::string header = "mission,site,day,record_id\n";
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-13,\n"), 0);
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-12,\n"), 0);
  EXPECT_EQ(err(), "");
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-13,\n"), 0);
  EXPECT_EQ(out(), "recorded 0, duplicate 1, rejected 0\n");
  EXPECT_EQ(err(),
            "warning: 1 row without record_id was recorded before and takes no one's place: give "
            "it a record_id to let it stand again\n");
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-13,\nM,Ber,2023-08-12,\nM,Ber,2023-08-13,again\n"),
            0);
  EXPECT_EQ(out(), "recorded 1, duplicate 2, rejected 0\n");
  EXPECT_EQ(err(),
            "warning: 2 rows without record_id were recorded before and take no one's place: give "
            "them a record_id to let them stand again\n");
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-13,again\n"), 0);
  EXPECT_EQ(out(), "recorded 0, duplicate 1, rejected 0\n");
  EXPECT_EQ(err(), "") << "it has an id";
}

TEST_F(AppTest, ImportDoesNotWarnOfABatchThatItSentAgain) {
  ingest_.plans = {{.answers = 0, .lost_answers = 1}, {}};
  EXPECT_EQ(Run({"import", "--as", "site_closure", "-"}, "mission,site,day\nM,Ber,2023-08-13\n"),
            0);
  EXPECT_EQ(out(), "recorded 0, duplicate 1, rejected 0\n");
  EXPECT_EQ(err(), "");
}

constexpr char kTables[] =
    "as_of,mission_acronym,isocode3,personnel_type,male_personnel,female_personnel,total\n"
    "2023-06-30,M,SEN,Troops,9,1,10\n"
    "2023-07-31,M,SEN,Troops,6,0,6\n"
    "2023-08-31,M,SEN,Troops,x,0,6\n";

TEST_F(AppTest, ImportDerivesMovementsFromStrengthTables) {
  const std::vector<std::string> line = {"import",   "--as", "strength",
                                         "-",        "--to", "2023-08-01",
                                         "--series", "s",    "--derive-movements"};
  EXPECT_EQ(Run(line, kTables), 0);
  EXPECT_EQ(out(), "recorded 3, duplicate 0, rejected 0\n");
  EXPECT_EQ(Run(line, kTables), 0);
  EXPECT_EQ(out(), "recorded 0, duplicate 3, rejected 0\n");
  EXPECT_EQ(Run({"import", "--as", "strength", "-", "--derive_movements"}, kTables), kExitUsage);
  EXPECT_EQ(out(), "recorded 2, duplicate 0, rejected 1\n") << "another series";
  EXPECT_THAT(err(), AllOf(HasSubstr("line 4: male_personnel: NOT_AN_INTEGER: "),
                           HasSubstr("no movements are derived")));
  EXPECT_EQ(Run({"import", "--as", "strength", "-", "--from", "2023-07-31", "--to", "2023-06-30"},
                kTables),
            kExitUsage);
  EXPECT_EQ(out(), "");
  EXPECT_THAT(err(), HasSubstr("--to: "));
  EXPECT_EQ(Run({"import", "-", "--series", "s"}, kFile), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("--series is for --as strength"));
}

TEST_F(AppTest, ImportCountsNobodyTwiceWhereATableIsCorrected) {
  const std::vector<std::string> line = {"import", "--as", "strength", "-", "--derive_movements"};
  const std::string tables(kTables, std::string(kTables).rfind("2023-08-31"));
  EXPECT_EQ(Run(line, tables), 0);
  std::string corrected = tables;
  corrected.replace(corrected.find("6,0,6"), 5, "5,0,5");
  EXPECT_EQ(Run(line, corrected), kExitRejected);
  EXPECT_EQ(out(), "recorded 1, duplicate 1, rejected 1\n");
  EXPECT_THAT(err(), HasSubstr("line 3: event_id: ID_TAKEN: "));
}

TEST_F(AppTest, ImportSendsNothingOfAFileWithAWrongHeader) {
  EXPECT_EQ(Run({"import", "-"}, "mission,kind,day,category,headcount,colour\nM,,,,,\n"),
            kExitUsage);
  EXPECT_EQ(err(), "error: -: unknown column \"colour\"\n");
  EXPECT_EQ(out(), "");
  EXPECT_EQ(ingest_.streams, 0);
}

TEST_F(AppTest, ImportThatFailsSaysHowFarItCame) {
  ingest_.plans = {{.answers = 1}, {.answers = 0}};
  EXPECT_EQ(Run({"import", "-", "--batch", "1", "--window", "1"}, kFile), kExitService);
  EXPECT_EQ(out(), "");
  EXPECT_EQ(err(),
            "error: UNAVAILABLE: after recorded 1, duplicate 0, rejected 0 (import the same file "
            "again to go on): no progress for 1m: the connection is gone\n");
  EXPECT_EQ(Run({"import", "-", "--retry_for", "0"}, kFile), kExitService);
}

TEST_F(AppTest, ImportWaitsForTheReplica) {
  query_.applied_positions = {1, 1, 2};
  EXPECT_EQ(Run({"import", "-", "--wait"}, kFile), 0);
  EXPECT_EQ(query_.missions_requests[0].read().min_position(), 2);
  query_.applied_positions = {1};
  EXPECT_EQ(Run({"import", "-", "--wait"}, kFile), kExitService);
  EXPECT_EQ(out(), "recorded 0, duplicate 2, rejected 0\n");
  EXPECT_THAT(err(), StartsWith("error: DEADLINE_EXCEEDED: "));
}

const std::vector<std::string> kRecord = {"record",       "--mission",   "M",          "--kind",
                                          "arrival",      "--day",       "2023-01-01", "--category",
                                          "un_volunteer", "--headcount", "5"};

TEST_F(AppTest, RecordDerivesTheIdOfTheSameRow) {
  EXPECT_EQ(Run(kRecord), 0);
  EXPECT_EQ(out(), "recorded at position 1\n");
  EXPECT_EQ(Run(kRecord), 0);
  EXPECT_EQ(out(), "duplicate of position 1\n");
  Run({"import", "-"}, kFile);
  EXPECT_EQ(out(), "recorded 1, duplicate 1, rejected 0\n");
  auto with_id = kRecord;
  with_id.insert(with_id.end(), {"--event_id", "mine", "--country=", "--female", "0"});
  EXPECT_EQ(Run(with_id), 0);
  EXPECT_TRUE(ingest_.ledger.content().at("mine").event().has_female());
}

TEST_F(AppTest, RecordTellsWhatIsWrong) {
  auto wrong = kRecord;
  wrong.back() = "many";
  EXPECT_EQ(Run(wrong), kExitRejected);
  EXPECT_EQ(err(),
            "headcount: NOT_AN_INTEGER: must be a whole number in decimal digits, is \"many\"\n");
  wrong.back() = "0";
  EXPECT_EQ(Run(wrong), kExitRejected);
  EXPECT_EQ(err(), "headcount: OUT_OF_RANGE: must be 1 to 100000, is 0\n");
  ingest_.unary_status = absl::UnavailableError("draining");
  EXPECT_EQ(Run(kRecord), kExitService);
}

TEST_F(AppTest, RecordWaitsForTheReplica) {
  query_.applied_positions = {0, 0, 1};
  auto waiting = kRecord;
  waiting.push_back("--wait");
  EXPECT_EQ(Run(waiting), 0);
  EXPECT_EQ(query_.missions_requests[0].read().min_position(), 1);
}

TEST_F(AppTest, CorrectLaysTheFlagsOverTheEvent) {
  v1::Event& event = *query_.event.mutable_event();
  event.set_event_id("e1");
  event.set_mission("M");
  event.set_country("SEN");
  event.set_headcount(5);
  const std::vector<std::string> line = {"correct",     "c0", "--reason",  "miscounted",
                                         "--headcount", "6",  "--country", "unspecified"};
  EXPECT_EQ(Run(line), 0);
  EXPECT_EQ(out(), "recorded at position 1\n");
  ASSERT_THAT(ingest_.ledger.content(), SizeIs(1));
  const auto& amendment = ingest_.ledger.content().begin()->second.amendment();
  EXPECT_THAT(amendment.correction_id(), StartsWith("cor-"));
  EXPECT_EQ(amendment.event_id(), "e1") << "that of the event, not of its correction c0";
  EXPECT_EQ(amendment.reason(), "miscounted");
  EXPECT_EQ(amendment.event().mission(), "M");
  EXPECT_EQ(amendment.event().country(), "");
  EXPECT_EQ(amendment.event().headcount(), 6);

  // Once the replica has it, the same command gives the first answer.
  *query_.event.mutable_event() = amendment.event();
  EXPECT_EQ(Run(line), 0);
  EXPECT_EQ(out(), "duplicate of position 1\n");
  EXPECT_EQ(err(), "");

  // And says so if the event has been changed since.
  query_.event.mutable_event()->set_headcount(7);
  EXPECT_EQ(Run(line), 0);
  EXPECT_EQ(out(), "duplicate of position 1\n");
  EXPECT_THAT(err(), HasSubstr("--correction_id"));
}

TEST_F(AppTest, CorrectRefusesWhatCannotBeCorrected) {
  query_.event.set_voided(true);
  EXPECT_EQ(Run({"correct", "e1", "--reason", "r", "--headcount", "6"}), kExitRejected);
  EXPECT_THAT(err(), StartsWith("event_id: EVENT_VOIDED: "));
  query_.failure = absl::NotFoundError("no such event");
  EXPECT_EQ(Run({"correct", "e1", "--reason", "r", "--headcount", "6"}), kExitService);
  EXPECT_THAT(ingest_.ledger.content(), IsEmpty());
}

TEST_F(AppTest, VoidIsIdempotent) {
  EXPECT_EQ(Run({"void", "e1", "--reason", "twice"}), 0);
  EXPECT_EQ(out(), "recorded at position 1\n");
  EXPECT_EQ(Run({"void", "e1", "--reason", "twice"}), 0);
  EXPECT_EQ(out(), "duplicate of position 1\n");
  EXPECT_EQ(Run({"void", "e1", "--reason", "twice", "--correction_id", "c9"}), 0);
  const auto& voiding = ingest_.ledger.content().at("c9").voiding();
  EXPECT_EQ(voiding.event_id(), "e1");
  EXPECT_EQ(voiding.reason(), "twice");
}

}  // namespace
}  // namespace repatriation
