#include "tools/repatctl/import/un_strength_reader.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/testing/status_matchers.h"
#include "tools/repatctl/import/import_file.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kUnHeader[] =
    "as_of,mission_acronym,isocode3,m49_code,contributing_country,personnel_type,male_personnel,"
    "female_personnel,total\n";

std::string UnRow(const std::string& as_of, const std::string& country, const std::string& type,
                  const std::string& men, const std::string& women, const std::string& total) {
  return absl::StrCat(as_of, ",M,", country, ",000,\"Name, of it\",", type, ",", men, ",", women,
                      ",", total, "\n");
}

// The rows of a file, and the status at its end.
struct Read {
  std::vector<SubmissionRow> rows;
  absl::Status status;

  // "LINE: KIND DAY COUNTRY CATEGORY HEADCOUNT FEMALE" of each event.
  std::vector<std::string> Events() const {
    std::vector<std::string> events;
    for (const SubmissionRow& row : rows) {
      if (!row.submission.has_event() || row.error.has_value()) continue;
      const v1::Event& event = row.submission.event();
      events.push_back(absl::StrCat(
          row.line, ": ", event.kind() == v1::KIND_ARRIVAL ? "arrival" : "repatriation", " ",
          event.day(), " ", event.country(), " ", static_cast<int>(event.category()), " ",
          event.headcount(), " ", event.has_female() ? absl::StrCat(event.female()) : "?"));
    }
    return events;
  }
};

Read ReadAll(const std::string& text, ImportFileOptions options = {}) {
  options.kind = "strength";
  std::istringstream input(text);
  Read read;
  const auto reader = OpenImportFile(input, options);
  read.status = reader.status();
  SubmissionRow row;
  while (read.status.ok()) {
    const auto found = (*reader)->Next(row);
    read.status = found.status();
    if (!found.ok() || !*found) break;
    read.rows.push_back(row);
  }
  return read;
}

TEST(UnStrengthReader, ReadsTheColumns) {
  const auto read =
      ReadAll(kUnHeader + UnRow("2023-06-30", "BGD", "Formed Police Units", "215", "65", "280"));
  EXPECT_THAT(read.status, IsOk());
  ASSERT_THAT(read.rows, SizeIs(1));
  const v1::StrengthReport& report = read.rows[0].submission.record().strength();
  EXPECT_EQ(read.rows[0].line, 2);
  EXPECT_THAT(report.record_id(), StartsWith("rec-"));
  EXPECT_EQ(report.mission(), "M");
  EXPECT_EQ(report.series(), "un-monthly");
  EXPECT_EQ(report.as_of(), "2023-06-30");
  EXPECT_EQ(report.category(), v1::CATEGORY_FORMED_POLICE_UNIT);
  EXPECT_EQ(report.country(), "BGD");
  EXPECT_EQ(report.headcount(), 280);
  EXPECT_EQ(report.female(), 65);
  EXPECT_EQ(report.source(), "UN monthly strength tables");
}

TEST(UnStrengthReader, MapsEveryPersonnelType) {
  std::string text = kUnHeader;
  for (const char* type : {"Troops", "Staff Officer", "Experts on Mission", "Individual Police",
                           "Formed Police Units"}) {
    text += UnRow("2023-06-30", "BGD", type, "1", "0", "1");
  }
  std::vector<v1::Category> categories;
  for (const SubmissionRow& row : ReadAll(text).rows) {
    categories.push_back(row.submission.record().strength().category());
  }
  EXPECT_THAT(categories,
              ElementsAre(v1::CATEGORY_CONTINGENT_TROOPS, v1::CATEGORY_MILITARY_STAFF_OFFICER,
                          v1::CATEGORY_EXPERT_ON_MISSION, v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER,
                          v1::CATEGORY_FORMED_POLICE_UNIT));
}

TEST(UnStrengthReader, TakesSeriesSourceAndDaysFromOptions) {
  const auto read = ReadAll(kUnHeader + UnRow("2023-05-31", "SEN", "Troops", "1", "0", "1") +
                                UnRow("2023-06-30", "SEN", "Troops", "2", "0", "2") +
                                UnRow("2023-07-31", "SEN", "Troops", "3", "0", "3"),
                            {.series = "mine",
                             .source = "there",
                             .from = "2023-06-30",
                             .to = "2023-07-31",
                             .derive_movements = true});
  ASSERT_THAT(read.rows, SizeIs(1)) << "a table outside the days is ignored";
  EXPECT_EQ(read.rows[0].submission.record().strength().series(), "mine");
  EXPECT_EQ(read.rows[0].submission.record().strength().source(), "there");
  EXPECT_EQ(read.rows[0].submission.record().strength().headcount(), 2);
  EXPECT_THAT(ReadAll(kUnHeader, {.from = "June"}).status,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--from")));
}

TEST(UnStrengthReader, RejectsAnEmptyRangeOfDays) {
  for (const char* to : {"2023-07-31", "2023-06-30"}) {
    EXPECT_THAT(ReadAll(kUnHeader, {.from = "2023-07-31", .to = to}).status,
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith("--to: "), HasSubstr("2023-07-31"))))
        << to;
  }
  EXPECT_THAT(ReadAll(kUnHeader, {.from = "2023-07-31", .to = "2023-08-01"}).status, IsOk());
}

TEST(UnStrengthReader, ReportsRowErrors) {
  const auto read = ReadAll(kUnHeader + UnRow("2023-06-31", "SEN", "Troops", "1", "0", "1") +
                            UnRow("2023-06-30", "SEN", "Cooks", "1", "0", "1") +
                            UnRow("2023-06-30", "SEN", "Troops", "1", "0", "2") +
                            UnRow("2023-06-30", "SEN", "Troops", "1", "x", "1") +
                            UnRow("2023-06-30", "SEN", "Troops", "1", "0", "") +
                            UnRow("2023-06-30", "SEN", "Troops", "1", "0,", "1") +
                            UnRow("2023-06-30", "SEN", "Troops", "", "", "7"));
  std::vector<std::string> errors;
  for (const SubmissionRow& row : read.rows) {
    if (row.error.has_value()) errors.push_back(row.error->field + " " + row.error->reason);
  }
  EXPECT_THAT(errors, ElementsAre("as_of NOT_A_DATE", "personnel_type UNKNOWN_VALUE",
                                  "total TOTAL_MISMATCH", "female_personnel NOT_AN_INTEGER",
                                  "total REQUIRED", "row WRONG_NUMBER_OF_FIELDS"));
  EXPECT_THAT(read.status, IsOk());
  EXPECT_FALSE(read.rows.back().submission.record().strength().has_female());
}

TEST(UnStrengthReader, DerivesDecreasesAndIncreases) {
  const auto read = ReadAll(kUnHeader + UnRow("2023-08-31", "BGD", "Troops", "100", "10", "110") +
                                UnRow("2023-08-31", "SEN", "Troops", "50", "5", "55") +
                                UnRow("2023-08-31", "TGO", "Troops", "7", "0", "7") +
                                // No September: bridged. Senegal is gone, Chad is new.
                                UnRow("2023-10-31", "BGD", "Troops", "70", "8", "78") +
                                UnRow("2023-10-31", "TCD", "Individual Police", "4", "1", "5") +
                                UnRow("2023-10-31", "TGO", "Troops", "7", "0", "7"),
                            {.derive_movements = true});
  EXPECT_THAT(read.status, IsOk());
  EXPECT_THAT(read.rows, SizeIs(9));
  EXPECT_THAT(read.Events(), ElementsAre("5: repatriation 2023-10-31 BGD 1 32 2",
                                         "3: repatriation 2023-10-31 SEN 1 55 5",
                                         "6: arrival 2023-10-31 TCD 4 5 1"));
  const v1::Event& event = read.rows[6].submission.event();
  EXPECT_EQ(event.source(),
            "derived from UN monthly strength tables, 2023-08-31 to 2023-10-31 (synthetic: day)");
  EXPECT_EQ(event.mission(), "M");
}

TEST(UnStrengthReader, SetsFemaleOnlyWhereItCanBeInferred) {
  const auto read = ReadAll(kUnHeader + UnRow("2023-06-30", "BGD", "Troops", "100", "10", "110") +
                                UnRow("2023-06-30", "NPL", "Troops", "100", "10", "110") +
                                UnRow("2023-06-30", "SEN", "Troops", "", "", "110") +
                                UnRow("2023-06-30", "TGO", "Troops", "5", "5", "10") +
                                // More women; more men than women left; unknown; a swap.
                                UnRow("2023-07-31", "BGD", "Troops", "80", "12", "92") +
                                UnRow("2023-07-31", "NPL", "Troops", "103", "4", "107") +
                                UnRow("2023-07-31", "SEN", "Troops", "90", "10", "100") +
                                UnRow("2023-07-31", "TGO", "Troops", "6", "4", "10"),
                            {.derive_movements = true});
  EXPECT_THAT(read.Events(), ElementsAre("6: repatriation 2023-07-31 BGD 1 18 ?",
                                         "7: repatriation 2023-07-31 NPL 1 3 ?",
                                         "8: repatriation 2023-07-31 SEN 1 10 ?"));
}

TEST(UnStrengthReader, DerivedIdsAreDeterministic) {
  const std::string text = kUnHeader + UnRow("2023-06-30", "BGD", "Troops", "100", "10", "110") +
                           UnRow("2023-07-31", "BGD", "Troops", "80", "10", "90");
  const auto first = ReadAll(text, {.derive_movements = true});
  const auto second = ReadAll(text, {.derive_movements = true});
  ASSERT_THAT(first.rows, SizeIs(3));
  ASSERT_THAT(second.rows, SizeIs(3));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(first.rows[i].submission.SerializeAsString(),
              second.rows[i].submission.SerializeAsString());
  }
  EXPECT_THAT(first.rows[2].submission.event().event_id(), StartsWith("csv-"));
}

// The ids of the derived events, by day, country and category.
std::map<std::string, std::string> MovementIds(const std::string& rows,
                                               ImportFileOptions options = {}) {
  options.derive_movements = true;
  std::map<std::string, std::string> ids;
  for (const SubmissionRow& row : ReadAll(kUnHeader + rows, options).rows) {
    if (!row.submission.has_event()) continue;
    const v1::Event& event = row.submission.event();
    ids[absl::StrCat(event.day(), " ", event.country(), " ", static_cast<int>(event.category()))] =
        event.event_id();
  }
  return ids;
}

// An id that depended on the content would count everybody again.
TEST(UnStrengthReader, CorrectedTableKeepsTheIds) {
  const std::string june = UnRow("2023-06-30", "SEN", "Troops", "900", "100", "1000");
  const std::string july = UnRow("2023-07-31", "SEN", "Troops", "800", "100", "900");
  const std::string august = UnRow("2023-08-31", "SEN", "Troops", "700", "100", "800");
  const auto ids = MovementIds(june + august);
  ASSERT_THAT(ids, SizeIs(1));
  EXPECT_EQ(ids, MovementIds(june + UnRow("2023-08-31", "SEN", "Troops", "650", "100", "750")));
  EXPECT_EQ(ids, MovementIds(june + UnRow("2023-08-31", "SEN", "Troops", "950", "100", "1050")))
      << "an arrival";
  EXPECT_EQ(ids, MovementIds(june + august, {.source = "another"}));
  const auto with_july = MovementIds(june + july + august);
  ASSERT_THAT(with_july, SizeIs(2)) << "a table in between";
  EXPECT_EQ(with_july.rbegin()->second, ids.begin()->second);
}

TEST(UnStrengthReader, DerivesAnIdForEachCellOfEachTable) {
  std::string rows;
  for (const char* country : {"SEN", "TGO"}) {
    for (const char* type : {"Troops", "Individual Police"}) {
      rows += UnRow("2023-06-30", country, type, "9", "0", "9");
      rows += UnRow("2023-07-31", country, type, "8", "0", "8");
      rows += UnRow("2023-08-31", country, type, "7", "0", "7");
    }
  }
  std::set<std::string> ids;
  for (const char* series : {"", "s"}) {
    for (const auto& [what, id] : MovementIds(rows, {.series = series})) ids.insert(id);
  }
  EXPECT_THAT(ids, SizeIs(16));
}

TEST(UnStrengthReader, DerivesNothingIfARowIsRejected) {
  const auto read = ReadAll(kUnHeader + UnRow("2023-06-30", "BGD", "Troops", "1", "0", "1") +
                                UnRow("2023-07-31", "BGD", "Troops", "1", "x", "1"),
                            {.derive_movements = true});
  EXPECT_THAT(read.Events(), IsEmpty());
  EXPECT_THAT(read.status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                    HasSubstr("no movements are derived")));
}

TEST(UnStrengthReader, RecordColumnsAreNotMistakenForATable) {
  EXPECT_FALSE(IsUnStrengthHeader({"mission", "series", "as_of", "category", "headcount"}));
  EXPECT_FALSE(IsUnStrengthHeader({"as_of", "mission_acronym", "isocode3", "personnel_type",
                                   "male_personnel", "female_personnel"}));
}

}  // namespace
}  // namespace repatriation
