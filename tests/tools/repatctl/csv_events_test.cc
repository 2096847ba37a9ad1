#include "tools/repatctl/csv_events.h"

#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/status_matchers.h"

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

std::vector<EventRow> RowsOf(const std::string& text) {
  std::istringstream input(text);
  const auto reader = EventFileReader::Open(input);
  EXPECT_THAT(reader, IsOk());
  std::vector<EventRow> rows;
  EventRow row;
  while (reader.ok()) {
    const auto found = (*reader)->Next(row);
    EXPECT_THAT(found, IsOk());
    if (!found.ok() || !*found) break;
    rows.push_back(row);
  }
  return rows;
}

absl::Status OpenStatus(const std::string& text) {
  std::istringstream input(text);
  return EventFileReader::Open(input).status();
}

// "LINE: FIELD: REASON" of the rows that are none.
std::vector<std::string> ErrorsOf(const std::string& text) {
  std::vector<std::string> errors;
  for (const EventRow& row : RowsOf(text)) {
    if (!row.error.has_value()) continue;
    errors.push_back(absl::StrCat(row.line, ": ", row.error->field, ": ", row.error->reason));
  }
  return errors;
}

TEST(EventColumns, AreTheContractInOrder) {
  EXPECT_THAT(EventColumns(),
              ElementsAre("event_id", "mission", "kind", "day", "category", "country", "site",
                          "destination_site", "unit", "headcount", "female", "movement_ref",
                          "source", "qualifier"));
}

TEST(EventFileReader, ReadsEveryColumn) {
  const auto rows = RowsOf(absl::StrCat(
      kHeader,
      "e1,MINUSMA,relocation,2023-08-04,contingent_troops,SEN,Ogossagou,\"Mopti, Sévaré\",QRF,150,"
      "0,F1,https://example.org,nearly\n"));
  ASSERT_THAT(rows, SizeIs(1));
  const v1::Event& event = rows[0].event;
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

TEST(EventFileReader, TakesColumnsInAnyOrderAndWithoutTheOptionalOnes) {
  const auto rows =
      RowsOf("headcount,category,day,kind,mission\n116,un_volunteer,2023-09-20,arrival,M\n");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_FALSE(rows[0].error.has_value());
  EXPECT_EQ(rows[0].event.headcount(), 116);
  EXPECT_EQ(rows[0].event.mission(), "M");
  EXPECT_FALSE(rows[0].event.has_female());
  EXPECT_THAT(rows[0].event.event_id(), StartsWith("csv-"));
}

TEST(EventFileReader, AnEmptyCellIsUnknownAndNotZero) {
  const auto rows = RowsOf(
      "headcount,category,day,kind,mission,female\n"
      "116,un_volunteer,2023-09-20,arrival,M,\n");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_FALSE(rows[0].event.has_female());
}

TEST(EventFileReader, NamesEveryProblemOfTheHeader) {
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

TEST(EventFileReader, RejectsARowAndGoesOn) {
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

TEST(EventFileReader, LeavesTheRulesOfAnEventToTheService) {
  EXPECT_THAT(ErrorsOf("mission,kind,day,category,headcount\n"
                       "m!,arrival,2023-02-29,force,-5\n"),
              SizeIs(0));
}

TEST(EventFileReader, SaysWhatIsWrongForAPerson) {
  const auto rows = RowsOf("mission,kind,day,category,headcount\nM,arrival,2023-01-01,troops,1\n");
  ASSERT_TRUE(rows.at(0).error.has_value());
  EXPECT_THAT(ToText(*rows[0].error),
              AllOf(StartsWith("category: UNKNOWN_VALUE: must be one of contingent_troops, "),
                    HasSubstr(", is \"troops\""), ::testing::Not(HasSubstr("uniformed"))));
}

TEST(EventFieldText, IsReadBackTheSame) {
  const auto rows = RowsOf(
      absl::StrCat(kHeader, "e1,M,death,2023-08-04,un_volunteer,,,,,2147483647,0,,x,more_than\n"));
  ASSERT_THAT(rows, SizeIs(1));
  v1::Event copy;
  for (size_t i = 0; i < EventColumns().size(); ++i) {
    EXPECT_FALSE(SetEventField(i, EventFieldText(rows[0].event, i), copy).has_value());
  }
  EXPECT_EQ(copy.SerializeAsString(), rows[0].event.SerializeAsString());
}

}  // namespace
}  // namespace repatriation
