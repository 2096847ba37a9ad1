#include "tools/repatctl/app.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/errors.h"
#include "tests/tools/repatctl/testing/app_fixture.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(AppTest, HelpExistsForEveryCommand) {
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(out(), AllOf(HasSubstr("REPAT_INGEST"), HasSubstr("briefing")));
  for (const char* command :
       {"import", "record", "correct", "void", "aggregate", "timeline", "briefing", "events",
        "event", "missions", "load", "drawdown", "reconcile", "compare", "watch", "quarantine"}) {
    EXPECT_EQ(Run({command, "--help"}), 0) << command;
    EXPECT_THAT(out(), AllOf(HasSubstr("Usage: repatctl"), HasSubstr("Example: "))) << command;
  }
}

TEST_F(AppTest, WrongCommandLinesAreReportedAndNothingRuns) {
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
  EXPECT_EQ(target_, "") << "must not connect";
}

TEST_F(AppTest, GlobalFlagsComeBeforeOrAfterTheCommandOrFromTheEnvironment) {
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
  EXPECT_EQ(err(), "error: RESOURCE_EXHAUSTED: busy (retry in 2s)\n");
  query_.failure = absl::NotFoundError("no event \"x\"");
  EXPECT_EQ(Run({"event", "x"}), kExitService);
}

TEST_F(AppTest, OutputThatCannotBeWrittenIsAnError) {
  query_.briefing.set_text("text");
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(Run({"briefing", "--mission", "M"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("cannot write"));
}

}  // namespace
}  // namespace repatriation
