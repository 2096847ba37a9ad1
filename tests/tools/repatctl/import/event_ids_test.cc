#include "tools/repatctl/import/event_ids.h"

#include <gmock/gmock.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/crypto/sha256.h"
#include "tools/repatctl/import/import_file.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

std::vector<std::string> IdsOf(const std::string& text) {
  std::istringstream input(text);
  const auto reader = OpenImportFile(input, {});
  std::vector<std::string> ids;
  SubmissionRow row;
  while (*(*reader)->Next(row)) ids.push_back(row.submission.event().event_id());
  return ids;
}

v1::Event SmallEvent() {
  v1::Event event;
  event.set_mission("M");
  event.set_kind(v1::KIND_ARRIVAL);
  event.set_day("2023-01-01");
  event.set_category(v1::CATEGORY_UN_VOLUNTEER);
  event.set_headcount(5);
  return event;
}

// Pins the format: a change would record every file without ids a second time.
TEST(DerivedEventId, HashesTheCanonicalContentAndTheOrdinal) {
  const std::string content =
      "8:category12:un_volunteer3:day10:2023-01-019:headcount1:54:kind7:arrival7:mission1:M";
  EXPECT_EQ(DerivedEventId(SmallEvent(), 0),
            absl::StrCat("csv-", Sha256Hex(content + "#0").substr(0, 32)));
  EXPECT_EQ(DerivedEventId(SmallEvent(), 7),
            absl::StrCat("csv-", Sha256Hex(content + "#7").substr(0, 32)));
  EXPECT_EQ(DerivedEventId(SmallEvent(), 0), "csv-77e04d714e665a6c55b9b0813a8bf669");
}

TEST(DerivedEventId, IgnoresTheEventsOwnId) {
  v1::Event event = SmallEvent();
  event.set_event_id("other");
  EXPECT_EQ(DerivedEventId(event, 0), DerivedEventId(SmallEvent(), 0));
}

TEST(DerivedEventId, DistinguishesUnknownFromZeroAndFields) {
  v1::Event zero = SmallEvent();
  zero.set_female(0);
  v1::Event site = SmallEvent();
  site.set_site("x");
  v1::Event unit = SmallEvent();
  unit.set_unit("x");
  const std::set<std::string> ids = {DerivedEventId(SmallEvent(), 0), DerivedEventId(zero, 0),
                                     DerivedEventId(site, 0), DerivedEventId(unit, 0)};
  EXPECT_THAT(ids, SizeIs(4));
}

TEST(DerivedIds, DoNotDependOnColumnOrderAbsentColumnsOrSpelling) {
  const auto ids =
      IdsOf("mission,kind,day,category,headcount\nM,arrival,2023-01-01,un_volunteer,5\n");
  EXPECT_EQ(ids, IdsOf("event_id,headcount,site,category,female,day,kind,mission\r\n"
                       ",05,,un_volunteer,,2023-01-01,arrival,M\r\n"));
  EXPECT_THAT(ids, ElementsAre(DerivedEventId(SmallEvent(), 0)));
}

TEST(DerivedIds, EqualRowsGetDifferentIdsInAnyOrder) {
  const std::string header = "mission,kind,day,category,headcount\n";
  const std::string a = "M,arrival,2023-01-01,un_volunteer,5\n";
  const std::string b = "M,arrival,2023-01-01,un_volunteer,6\n";
  const auto ids = IdsOf(absl::StrCat(header, a, a, b, a));
  EXPECT_THAT(std::set<std::string>(ids.begin(), ids.end()), SizeIs(4));
  const auto again = IdsOf(absl::StrCat(header, b, a, a, a));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()),
            std::set<std::string>(again.begin(), again.end()));
}

TEST(DerivedIds, RejectedRowDoesNotChangeOtherIds) {
  const std::string header = "mission,kind,day,category,headcount\n";
  const std::string a = "M,arrival,2023-01-01,un_volunteer,5\n";
  const auto ids = IdsOf(absl::StrCat(header, a, "M,arrival,2023-01-01,un_volunteer,x\n", a));
  EXPECT_EQ(ids[0], DerivedEventId(SmallEvent(), 0));
  EXPECT_EQ(ids[2], DerivedEventId(SmallEvent(), 1));
}

TEST(DerivedIds, GivenIdIsKept) {
  EXPECT_THAT(IdsOf("event_id,mission,kind,day,category,headcount\n"
                    "e1,M,arrival,2023-01-01,un_volunteer,5\n"
                    ",M,arrival,2023-01-01,un_volunteer,5\n"),
              ElementsAre("e1", DerivedEventId(SmallEvent(), 0)));
}

// Pins the format: a change would count every derived movement a second time.
TEST(DerivedMovementId, HashesWhatACorrectedTableDoesNotChange) {
  v1::Event event;
  event.set_mission("M");
  event.set_kind(v1::KIND_REPATRIATION);
  event.set_day("2023-07-31");
  event.set_country("SEN");
  event.set_category(v1::CATEGORY_CONTINGENT_TROOPS);
  event.set_headcount(100);
  event.set_source("tables");
  constexpr char kHashed[] = "movement#1:M1:s3:SEN17:contingent_troops10:2023-07-31";
  EXPECT_EQ(DerivedMovementId("s", event), absl::StrCat("csv-", Sha256Hex(kHashed).substr(0, 32)));
}

TEST(DerivedCorrectionId, DependsOnEveryPart) {
  v1::Event other = SmallEvent();
  other.set_headcount(6);
  const v1::Event event = SmallEvent();
  const std::set<std::string> ids = {
      DerivedCorrectionId("e", "r", nullptr), DerivedCorrectionId("e", "s", nullptr),
      DerivedCorrectionId("f", "r", nullptr), DerivedCorrectionId("e", "r", &event),
      DerivedCorrectionId("e", "r", &other),  DerivedCorrectionId("er", "", nullptr)};
  EXPECT_THAT(ids, SizeIs(6));
  EXPECT_EQ(DerivedCorrectionId("e", "r", &event), DerivedCorrectionId("e", "r", &event));
  EXPECT_THAT(DerivedCorrectionId("e", "r", &event), MatchesRegex("cor-[0-9a-f]+"));
  EXPECT_THAT(DerivedCorrectionId("e", "r", &event), SizeIs(36));
}

std::vector<std::string> RecordIdsOf(const std::string& kind, const std::string& text) {
  std::istringstream input(text);
  const auto reader = OpenImportFile(input, {.kind = kind});
  std::vector<std::string> ids;
  SubmissionRow row;
  while (*(*reader)->Next(row)) {
    const v1::Record& record = row.submission.record();
    ids.push_back(kind == "site_closure" ? record.site_closure().record_id()
                                         : record.reported_through().record_id());
  }
  return ids;
}

TEST(RecordIds, DependOnKindContentAndOrdinal) {
  constexpr char kRows[] = "mission,site,day\nM,Ber,2023-08-13\nM,Ber,2023-08-12\n";
  const auto closures = RecordIdsOf("site_closure", kRows);
  EXPECT_EQ(closures, RecordIdsOf("site_closure", kRows));
  EXPECT_EQ(closures, RecordIdsOf("site_closure",
                                  "day,source,site,mission\n2023-08-13,,Ber,M\n"
                                  "2023-08-12,,Ber,M\n"));
  EXPECT_NE(closures.at(0), closures.at(1));
  const auto marks = RecordIdsOf("reported_through", std::string(kRows) + "M,Ber,2023-08-13\n");
  EXPECT_NE(closures.at(0), marks.at(0)) << "another kind with the same fields";
  EXPECT_NE(marks.at(0), marks.at(2)) << "a mark that returns to an earlier value";
}

TEST(ReleaseIds, DifferFromVoidingIds) {
  EXPECT_EQ(DerivedReleaseId("e1", "seen"), DerivedReleaseId("e1", "seen"));
  EXPECT_NE(DerivedReleaseId("e1", "seen"), DerivedReleaseId("e1", "counted"));
  EXPECT_NE(DerivedReleaseId("e1", "seen"), DerivedReleaseId("e2", "seen"));
  EXPECT_NE(DerivedReleaseId("e1", "seen"), DerivedCorrectionId("e1", "seen", nullptr));
}

}  // namespace
}  // namespace repatriation
