#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/tools/repatctl/testing/app_fixture.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class IngestCommandsTest : public AppTest {};

constexpr char kTwoEqualRows[] =
    "mission,kind,day,category,headcount\n"
    "M,arrival,2023-01-01,un_volunteer,5\n"
    "M,arrival,2023-01-01,un_volunteer,5\n";

const std::vector<std::string> kRecord = {"record",       "--mission",   "M",          "--kind",
                                          "arrival",      "--day",       "2023-01-01", "--category",
                                          "un_volunteer", "--headcount", "5"};

TEST_F(IngestCommandsTest, RecordDerivesTheSameIdAsImport) {
  EXPECT_EQ(Run(kRecord), 0);
  EXPECT_EQ(out(), "recorded at position 1\n");
  EXPECT_EQ(Run(kRecord), 0);
  EXPECT_EQ(out(), "duplicate of position 1\n");
  Run({"import", "-"}, kTwoEqualRows);
  EXPECT_EQ(out(), "recorded 1, duplicate 1, rejected 0\n");
  auto with_id = kRecord;
  with_id.insert(with_id.end(), {"--event_id", "mine", "--country=", "--female", "0"});
  EXPECT_EQ(Run(with_id), 0);
  EXPECT_TRUE(ingest_.ledger.content().at("mine").event().has_female());
}

TEST_F(IngestCommandsTest, RecordReportsErrors) {
  auto wrong = kRecord;
  wrong.back() = "many";
  EXPECT_EQ(Run(wrong), kExitRejected);
  EXPECT_EQ(err(),
            "headcount: NOT_AN_INTEGER: must be a whole number in decimal digits, is \"many\"\n");
  wrong.back() = "0";
  EXPECT_EQ(Run(wrong), kExitRejected);
  EXPECT_EQ(err(), "headcount: OUT_OF_RANGE: must be 1 to 100000, is 0\n");
  ingest_.unary_status = absl::UnavailableError("the service is draining");
  EXPECT_EQ(Run(kRecord), kExitService);
}

TEST_F(IngestCommandsTest, RecordWaitsForTheReplica) {
  query_.applied_positions = {0, 0, 1};
  auto waiting = kRecord;
  waiting.push_back("--wait");
  EXPECT_EQ(Run(waiting), 0);
  EXPECT_EQ(query_.missions_requests[0].read().min_position(), 1);
}

TEST_F(IngestCommandsTest, CorrectChangesOnlyTheGivenFields) {
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
  EXPECT_EQ(amendment.event_id(), "e1") << "the event's id, not that of its correction c0";
  EXPECT_EQ(amendment.reason(), "miscounted");
  EXPECT_EQ(amendment.event().mission(), "M");
  EXPECT_EQ(amendment.event().country(), "");
  EXPECT_EQ(amendment.event().headcount(), 6);

  // When the replica has applied it, repeating the command is a duplicate.
  *query_.event.mutable_event() = amendment.event();
  EXPECT_EQ(Run(line), 0);
  EXPECT_EQ(out(), "duplicate of position 1\n");
  EXPECT_EQ(err(), "");

  // If the event has been changed since, a note says so.
  query_.event.mutable_event()->set_headcount(7);
  EXPECT_EQ(Run(line), 0);
  EXPECT_EQ(out(), "duplicate of position 1\n");
  EXPECT_THAT(err(), HasSubstr("--correction_id"));
}

TEST_F(IngestCommandsTest, CorrectRejectsVoidedAndUnknownEvents) {
  query_.event.set_voided(true);
  EXPECT_EQ(Run({"correct", "e1", "--reason", "r", "--headcount", "6"}), kExitRejected);
  EXPECT_THAT(err(), StartsWith("event_id: EVENT_VOIDED: "));
  query_.failure = absl::NotFoundError("no such event");
  EXPECT_EQ(Run({"correct", "e1", "--reason", "r", "--headcount", "6"}), kExitService);
  EXPECT_THAT(ingest_.ledger.content(), IsEmpty());
}

TEST_F(IngestCommandsTest, VoidIsIdempotent) {
  EXPECT_EQ(Run({"void", "e1", "--reason", "twice"}), 0);
  EXPECT_EQ(out(), "recorded at position 1\n");
  EXPECT_EQ(Run({"void", "e1", "--reason", "twice"}), 0);
  EXPECT_EQ(out(), "duplicate of position 1\n");
  EXPECT_EQ(Run({"void", "e1", "--reason", "twice", "--correction_id", "c9"}), 0);
  const auto& voiding = ingest_.ledger.content().at("c9").voiding();
  EXPECT_EQ(voiding.event_id(), "e1");
  EXPECT_EQ(voiding.reason(), "twice");
}

TEST_F(IngestCommandsTest, QuarantineReleaseIsIdempotent) {
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

}  // namespace
}  // namespace repatriation
