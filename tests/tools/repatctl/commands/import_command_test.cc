#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/tools/repatctl/testing/app_fixture.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ImportCommandTest : public AppTest {};

constexpr char kFile[] =
    "mission,kind,day,category,headcount\n"
    "M,arrival,2023-01-01,un_volunteer,5\n"
    "M,arrival,2023-01-01,un_volunteer,5\n";

TEST_F(ImportCommandTest, PrintsCounts) {
  EXPECT_EQ(Run({"import", "-"}, kFile), 0);
  EXPECT_EQ(out(), "recorded 2, duplicate 0, rejected 0\n");
  EXPECT_EQ(err(), "");
  EXPECT_EQ(Run({"import", "-"}, kFile), 0);
  EXPECT_EQ(out(), "recorded 0, duplicate 2, rejected 0\n");
}

TEST_F(ImportCommandTest, ListsRejectedRows) {
  EXPECT_EQ(Run({"import", "-"}, std::string(kFile) + "M,arrival,2023-01-01,un_volunteer,x\n" +
                                     "M,arrival,2023-01-01,un_volunteer,0\n"),
            kExitRejected);
  EXPECT_EQ(out(), "recorded 2, duplicate 0, rejected 2\n");
  EXPECT_EQ(err(),
            "line 4: headcount: NOT_AN_INTEGER: must be a whole number in decimal digits, is "
            "\"x\"\n"
            "line 5: headcount: OUT_OF_RANGE: must be 1 to 100000, is 0\n");
}

TEST_F(ImportCommandTest, ImportsRecords) {
  const std::vector<std::string> line = {"import", "--as", "site_closure", "-"};
  constexpr char kClosures[] = "mission,site,day\nM,Ber,2023-08-13\nM,Gao,2023-12-12\n";
  EXPECT_EQ(Run(line, kClosures), 0);
  EXPECT_EQ(out(), "recorded 2, duplicate 0, rejected 0\n");
  EXPECT_EQ(Run(line, kClosures), 0);
  EXPECT_EQ(out(), "recorded 0, duplicate 2, rejected 0\n");
  EXPECT_TRUE(ingest_.ledger.content().begin()->second.record().has_site_closure());
}

TEST_F(ImportCommandTest, WarnsAboutRecordsWithoutEffect) {
  const std::vector<std::string> line = {"import", "--as", "site_closure", "-"};
  const std::string header = "mission,site,day,record_id\n";
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-13,\n"), 0);
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-12,\n"), 0);
  EXPECT_EQ(err(), "");
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-13,\n"), 0);
  EXPECT_EQ(out(), "recorded 0, duplicate 1, rejected 0\n");
  EXPECT_EQ(err(),
            "warning: 1 row without record_id is a duplicate of an earlier record and has no "
            "effect; to restore an earlier value, give it a new record_id\n");
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-13,\nM,Ber,2023-08-12,\nM,Ber,2023-08-13,again\n"),
            0);
  EXPECT_EQ(out(), "recorded 1, duplicate 2, rejected 0\n");
  EXPECT_EQ(err(),
            "warning: 2 rows without record_id are duplicates of an earlier record and have no "
            "effect; to restore an earlier value, give them a new record_id\n");
  EXPECT_EQ(Run(line, header + "M,Ber,2023-08-13,again\n"), 0);
  EXPECT_EQ(out(), "recorded 0, duplicate 1, rejected 0\n");
  EXPECT_EQ(err(), "") << "it has an id";
}

TEST_F(ImportCommandTest, DoesNotWarnAboutAResentBatch) {
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

TEST_F(ImportCommandTest, DerivesMovementsFromStrengthTables) {
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
  EXPECT_THAT(err(), HasSubstr("--series needs --as strength"));
}

TEST_F(ImportCommandTest, CorrectedTableCountsNobodyTwice) {
  const std::vector<std::string> line = {"import", "--as", "strength", "-", "--derive_movements"};
  const std::string tables(kTables, std::string(kTables).rfind("2023-08-31"));
  EXPECT_EQ(Run(line, tables), 0);
  std::string corrected = tables;
  corrected.replace(corrected.find("6,0,6"), 5, "5,0,5");
  EXPECT_EQ(Run(line, corrected), kExitRejected);
  EXPECT_EQ(out(), "recorded 1, duplicate 1, rejected 1\n");
  EXPECT_THAT(err(), HasSubstr("line 3: event_id: ID_TAKEN: "));
}

TEST_F(ImportCommandTest, WrongHeaderSendsNothing) {
  EXPECT_EQ(Run({"import", "-"}, "mission,kind,day,category,headcount,colour\nM,,,,,\n"),
            kExitUsage);
  EXPECT_EQ(err(), "error: -: unknown column \"colour\"\n");
  EXPECT_EQ(out(), "");
  EXPECT_EQ(ingest_.streams, 0);
}

TEST_F(ImportCommandTest, FailureReportsProgress) {
  ingest_.plans = {{.answers = 1}, {.answers = 0}};
  EXPECT_EQ(Run({"import", "-", "--batch", "1", "--window", "1"}, kFile), kExitService);
  EXPECT_EQ(out(), "");
  EXPECT_EQ(err(),
            "error: UNAVAILABLE: after recorded 1, duplicate 0, rejected 0 (import the same file "
            "again to resume): no progress for 1m: the connection is gone\n");
  EXPECT_EQ(Run({"import", "-", "--retry_for", "0"}, kFile), kExitService);
}

TEST_F(ImportCommandTest, WaitsForTheReplica) {
  query_.applied_positions = {1, 1, 2};
  EXPECT_EQ(Run({"import", "-", "--wait"}, kFile), 0);
  EXPECT_EQ(query_.missions_requests[0].read().min_position(), 2);
  query_.applied_positions = {1};
  EXPECT_EQ(Run({"import", "-", "--wait"}, kFile), kExitService);
  EXPECT_EQ(out(), "recorded 0, duplicate 2, rejected 0\n");
  EXPECT_THAT(err(), StartsWith("error: DEADLINE_EXCEEDED: "));
}

}  // namespace
}  // namespace repatriation
