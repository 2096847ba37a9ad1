#include "tools/repatctl/import/csv_submissions.h"

#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/status_matchers.h"
#include "tools/repatctl/fields/event_columns.h"
#include "tools/repatctl/import/import_file.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kHeader[] =
    "event_id,mission,kind,day,category,country,site,destination_site,unit,headcount,female,"
    "movement_ref,source,qualifier\n";

std::vector<SubmissionRow> RowsOf(const std::string& text, const std::string& kind = "event") {
  std::istringstream input(text);
  const auto reader = OpenImportFile(input, {.kind = kind});
  EXPECT_THAT(reader, IsOk());
  std::vector<SubmissionRow> rows;
  SubmissionRow row;
  while (reader.ok()) {
    const auto found = (*reader)->Next(row);
    EXPECT_THAT(found, IsOk());
    if (!found.ok() || !*found) break;
    rows.push_back(row);
  }
  return rows;
}

absl::Status OpenStatus(const std::string& text, const std::string& kind = "event") {
  std::istringstream input(text);
  return OpenImportFile(input, {.kind = kind}).status();
}

// "LINE: FIELD: REASON" of the rejected rows.
std::vector<std::string> ErrorsOf(const std::string& text) {
  std::vector<std::string> errors;
  for (const SubmissionRow& row : RowsOf(text)) {
    if (!row.error.has_value()) continue;
    errors.push_back(absl::StrCat(row.line, ": ", row.error->field, ": ", row.error->reason));
  }
  return errors;
}

TEST(EventColumns, AreInSchemaOrder) {
  EXPECT_THAT(EventColumns(),
              ElementsAre("event_id", "mission", "kind", "day", "category", "country", "site",
                          "destination_site", "unit", "headcount", "female", "movement_ref",
                          "source", "qualifier", "status"));
}

TEST(CsvSubmissionReader, ReadsEveryColumn) {
  const auto rows = RowsOf(absl::StrCat(
      kHeader,
      "e1,MINUSMA,relocation,2023-08-04,contingent_troops,SEN,Ogossagou,\"Mopti, Sévaré\",QRF,150,"
      "0,F1,https://example.org,nearly\n"));
  ASSERT_THAT(rows, SizeIs(1));
  const v1::Event& event = rows[0].submission.event();
  EXPECT_EQ(rows[0].line, 2);
  EXPECT_EQ(event.event_id(), "e1");
  EXPECT_EQ(event.mission(), "MINUSMA");
  EXPECT_EQ(event.kind(), v1::KIND_RELOCATION);
  EXPECT_EQ(event.day(), "2023-08-04");
  EXPECT_EQ(event.category(), v1::CATEGORY_CONTINGENT_TROOPS);
  EXPECT_EQ(event.country(), "SEN");
  EXPECT_EQ(event.site(), "Ogossagou");
  EXPECT_EQ(event.destination_site(), "Mopti, Sévaré");
  EXPECT_EQ(event.unit(), "QRF");
  EXPECT_EQ(event.headcount(), 150);
  EXPECT_TRUE(event.has_female());
  EXPECT_EQ(event.female(), 0);
  EXPECT_EQ(event.movement_ref(), "F1");
  EXPECT_EQ(event.source(), "https://example.org");
  EXPECT_EQ(event.qualifier(), v1::QUALIFIER_NEARLY);
}

TEST(CsvSubmissionReader, AcceptsAnyColumnOrderAndMissingOptionalColumns) {
  const auto rows =
      RowsOf("headcount,category,day,kind,mission\n116,un_volunteer,2023-09-20,arrival,M\n");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_FALSE(rows[0].error.has_value());
  EXPECT_EQ(rows[0].submission.event().headcount(), 116);
  EXPECT_EQ(rows[0].submission.event().mission(), "M");
  EXPECT_FALSE(rows[0].submission.event().has_female());
  EXPECT_THAT(rows[0].submission.event().event_id(), StartsWith("csv-"));
}

TEST(CsvSubmissionReader, EmptyCellIsUnknownNotZero) {
  const auto rows = RowsOf(
      "headcount,category,day,kind,mission,female\n"
      "116,un_volunteer,2023-09-20,arrival,M,\n");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_FALSE(rows[0].submission.event().has_female());
}

TEST(CsvSubmissionReader, ReportsEveryHeaderProblem) {
  EXPECT_THAT(OpenStatus("mission,kind,day,category,headcount,colour\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, "unknown column \"colour\""));
  EXPECT_THAT(OpenStatus("mission,kind,day,category,headcount,day\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, "duplicate column \"day\""));
  EXPECT_THAT(OpenStatus("mission,kind,Day,category\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "unknown column \"Day\"; missing columns \"day\", \"headcount\""));
  EXPECT_THAT(OpenStatus(""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no header line")));
  EXPECT_THAT(OpenStatus("\"mission"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("malformed header")));
}

TEST(CsvSubmissionReader, RejectsARowAndContinues) {
  EXPECT_THAT(
      ErrorsOf("mission,kind,day,category,headcount,site,female\n"
               "M,arrival,2023-01-01,un_volunteer,1\n"
               "M,arrival,2023-01-01,un_volunteer,1,,,\n"
               "M,ARRIVAL,2023-01-01,un_volunteer,1,,\n"
               "M,unspecified,2023-01-01,un_volunteer,1,,\n"
               "M,arrival,2023-01-01,troops,1,,\n"
               "M,arrival,2023-01-01,un_volunteer,1.5,,\n"
               "M,arrival,2023-01-01,un_volunteer, 1,,\n"
               "M,arrival,2023-01-01,un_volunteer,+1,,\n"
               "M,arrival,2023-01-01,un_volunteer,\"1,000\",,\n"
               "M,arrival,2023-01-01,un_volunteer,99999999999,,\n"
               "M,arrival,2023-01-01,un_volunteer,-,,\n"
               "M,arrival,2023-01-01,un_volunteer,1,,x\n"
               "M,arrival,2023-01-01,un_volunteer,1,\xff,\n"
               "M,arrival,2023-01-01,un_volunteer,,,\n"
               "M,arr\"ival,2023-01-01,un_volunteer,1,,\n"
               "M,arrival,2023-01-01,un_volunteer,1,,\n"),
      ElementsAre("2: row: WRONG_NUMBER_OF_FIELDS", "3: row: WRONG_NUMBER_OF_FIELDS",
                  "4: kind: UNKNOWN_VALUE", "5: kind: UNKNOWN_VALUE", "6: category: UNKNOWN_VALUE",
                  "7: headcount: NOT_AN_INTEGER", "8: headcount: NOT_AN_INTEGER",
                  "9: headcount: NOT_AN_INTEGER", "10: headcount: NOT_AN_INTEGER",
                  "11: headcount: NOT_AN_INTEGER", "12: headcount: NOT_AN_INTEGER",
                  "13: female: NOT_AN_INTEGER", "14: site: INVALID_UTF8", "15: headcount: REQUIRED",
                  "16: row: MALFORMED_CSV"));
}

TEST(CsvSubmissionReader, LeavesValidationToTheService) {
  EXPECT_THAT(ErrorsOf("mission,kind,day,category,headcount\n"
                       "m!,arrival,2023-02-29,force,-5\n"),
              SizeIs(0));
}

TEST(CsvSubmissionReader, ErrorListsTheAllowedValues) {
  const auto rows = RowsOf("mission,kind,day,category,headcount\nM,arrival,2023-01-01,troops,1\n");
  ASSERT_TRUE(rows.at(0).error.has_value());
  EXPECT_THAT(ToText(*rows[0].error),
              AllOf(StartsWith("category: UNKNOWN_VALUE: must be one of contingent_troops, "),
                    HasSubstr(", is \"troops\""), ::testing::Not(HasSubstr("uniformed"))));
}

TEST(CsvSubmissionReader, DoesNotOfferServiceAssignedStatus) {
  const auto rows = RowsOf(
      "mission,kind,day,category,headcount,status\n"
      "M,repatriation,2023-12-17,military_staff_officer,4,planned\n"
      "M,repatriation,2023-12-17,military_staff_officer,4,maybe\n");
  EXPECT_EQ(rows.at(0).submission.event().status(), v1::EVENT_STATUS_PLANNED);
  EXPECT_EQ(rows.at(1).error->description, "must be one of actual, planned, is \"maybe\"");
}

TEST(ImportKinds, AreEventsAndAllRecords) {
  std::vector<std::string> names;
  for (const ImportKind& kind : ImportKinds()) {
    names.push_back(kind.name);
    for (const std::string& name : kind.required) {
      EXPECT_TRUE(kind.columns->IndexOf(name).has_value()) << kind.name << " " << name;
    }
    EXPECT_THAT(kind.required, ::testing::Contains("mission")) << kind.name;
  }
  EXPECT_THAT(names, ElementsAre("event", "mandate", "strength", "statement", "reported_through",
                                 "site_closure"));
  EXPECT_EQ(FindImportKind("events"), nullptr);
}

TEST(CsvSubmissionReader, ReadsRecordsOfEveryKind) {
  auto rows = RowsOf(
      "mission,measure,day,category,headcount,female,published\n"
      "M,departed,2023-08-25,formed_police_unit,125,33,2023-08-26\n",
      "statement");
  const v1::Statement& statement = rows.at(0).submission.record().statement();
  EXPECT_EQ(statement.measure(), v1::MEASURE_DEPARTED);
  EXPECT_EQ(statement.headcount(), 125);
  EXPECT_EQ(statement.female(), 33);
  EXPECT_EQ(statement.published(), "2023-08-26");
  EXPECT_THAT(statement.record_id(), StartsWith("rec-"));

  rows =
      RowsOf("mission,series,as_of,category,headcount\nM,s,2023-06-30,uniformed,0\n", "strength");
  EXPECT_EQ(rows.at(0).submission.record().strength().category(), v1::CATEGORY_UNIFORMED);
  EXPECT_FALSE(rows[0].submission.record().strength().has_female());
  rows = RowsOf(
      "record_id,mission,resolution,adopted,drawdown_start,deadline\n"
      "m1,M,S/RES/2690 (2023),2023-06-30,2023-07-01,2023-12-31\n",
      "mandate");
  EXPECT_EQ(rows.at(0).submission.record().mandate().record_id(), "m1");
  EXPECT_EQ(rows[0].submission.record().mandate().deadline(), "2023-12-31");
  rows = RowsOf("mission,reporter,day\nM,HQ,2023-12-31\n", "reported_through");
  EXPECT_EQ(rows.at(0).submission.record().reported_through().reporter(), "HQ");
  rows = RowsOf("mission,site,day\nM,Ber,2023-08-13\n", "site_closure");
  EXPECT_EQ(rows.at(0).submission.record().site_closure().site(), "Ber");
}

TEST(CsvSubmissionReader, ReportsMissingRecordColumns) {
  EXPECT_THAT(OpenStatus("mission,day,kind\n", "site_closure"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "unknown column \"kind\"; missing column \"site\""));
  EXPECT_THAT(OpenStatus("", "mandate"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("record_id,mission,resolution,adopted")));
  EXPECT_THAT(OpenStatus("mission\n", "colour"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"colour\"")));
  const auto rows =
      RowsOf("mission,series,as_of,category,headcount\nM,s,2023-06-30,force,\n", "strength");
  EXPECT_EQ(rows.at(0).error->reason, "REQUIRED");
}

TEST(CsvSubmissionReader, RejectsMonthlyTableOptionsForOtherFiles) {
  std::istringstream input("mission,series,as_of,category,headcount\n");
  EXPECT_THAT(OpenImportFile(input, {.kind = "strength", .derive_movements = true}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("--derive_movements ")));
  std::istringstream events("mission,kind,day,category,headcount\n");
  EXPECT_THAT(OpenImportFile(events, {.from = "2023-06-30"}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("--from ")));
}

TEST(EventFieldText, RoundTrips) {
  const auto rows = RowsOf(
      absl::StrCat(kHeader, "e1,M,death,2023-08-04,un_volunteer,,,,,2147483647,0,,x,more_than\n"));
  ASSERT_THAT(rows, SizeIs(1));
  v1::Event copy;
  for (size_t i = 0; i < EventColumns().size(); ++i) {
    EXPECT_FALSE(SetEventField(i, EventFieldText(rows[0].submission.event(), i), copy).has_value());
  }
  EXPECT_EQ(copy.SerializeAsString(), rows[0].submission.event().SerializeAsString());
}

}  // namespace
}  // namespace repatriation
