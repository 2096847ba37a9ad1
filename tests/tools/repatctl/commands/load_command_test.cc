#include <gmock/gmock.h>

#include "tests/tools/repatctl/testing/app_fixture.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class LoadCommandTest : public AppTest {};

TEST_F(LoadCommandTest, RejectsConflictingFlags) {
  EXPECT_EQ(Run({"load", "--unary", "--streams", "2"}), kExitUsage);
  EXPECT_THAT(err(), AllOf(HasSubstr("--streams"), HasSubstr("--unary")));
  EXPECT_EQ(Run({"load", "--window", "2", "--unary"}), kExitUsage);
  EXPECT_THAT(err(), AllOf(HasSubstr("--window"), HasSubstr("--unary")));
  EXPECT_EQ(Run({"load", "--callers", "2"}), kExitUsage);
  EXPECT_THAT(err(), AllOf(HasSubstr("--callers"), HasSubstr("--unary")));
}

TEST_F(LoadCommandTest, PrintsOneLineOfJson) {
  EXPECT_EQ(Run({"load", "--events", "10", "--streams", "1", "--no_verify"}), 0);
  EXPECT_THAT(out(), AllOf(HasSubstr("\"recorded\": 10, \"duplicate\": 0, \"rejected\": 0, "
                                     "\"batch\": 1000, \"streams\": 1, \"retried\": 0, "),
                           EndsWith("\"verified\": null}\n")));
  EXPECT_EQ(Run({"load", "--events", "10", "--unary", "--no_verify"}), 0);
  EXPECT_THAT(out(), HasSubstr("\"recorded\": 0, \"duplicate\": 10, \"rejected\": 0, "
                               "\"batch\": 1, \"callers\": 64, \"retried\": 0, "));
}

TEST_F(LoadCommandTest, VerifiesTheTotals) {
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

}  // namespace
}  // namespace repatriation
