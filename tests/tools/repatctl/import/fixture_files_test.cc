// Reads the real files in tests/data/ like an import.
#include <gmock/gmock.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/common/testing/status_matchers.h"
#include "tools/repatctl/import/import_file.h"

namespace repatriation {
namespace {

using ::testing::SizeIs;

// The submissions of a file; every row must be valid.
std::vector<v1::Submission> ReadFixture(const std::string& name, const ImportFileOptions& options) {
  std::ifstream file(REPAT_TEST_DATA + name);
  EXPECT_TRUE(file) << name;
  const auto reader = OpenImportFile(file, options);
  EXPECT_THAT(reader, IsOk()) << name;
  std::vector<v1::Submission> submissions;
  SubmissionRow row;
  while (reader.ok()) {
    const auto found = (*reader)->Next(row);
    EXPECT_THAT(found, IsOk()) << name;
    if (!found.ok() || !*found) break;
    EXPECT_FALSE(row.error.has_value()) << name << " line " << row.line << ToText(*row.error);
    submissions.push_back(row.submission);
  }
  return submissions;
}

TEST(FixtureFiles, MatchTheirKinds) {
  EXPECT_THAT(ReadFixture("minusma_repatriations.csv", {}), SizeIs(202));
  EXPECT_THAT(ReadFixture("minusma_movements_other.csv", {}), SizeIs(4));
  EXPECT_THAT(ReadFixture("minusma_statements.csv", {.kind = "statement"}), SizeIs(37));
  EXPECT_THAT(ReadFixture("minusma_mandate.csv", {.kind = "mandate"}), SizeIs(1));
  EXPECT_THAT(ReadFixture("minusma_site_closures.csv", {.kind = "site_closure"}), SizeIs(12));
  const auto planned = ReadFixture("minusma_planned.csv", {});
  ASSERT_THAT(planned, SizeIs(1));
  EXPECT_EQ(planned[0].event().status(), v1::EVENT_STATUS_PLANNED);
}

TEST(FixtureFiles, MonthlyTablesSumToThePublishedStrength) {
  std::map<std::string, int64_t> strength;
  std::map<std::string, int64_t> left;
  for (const auto& submission : ReadFixture("minusma_strength_monthly.csv",
                                            {.kind = "strength", .derive_movements = true})) {
    if (submission.has_record()) {
      const v1::StrengthReport& report = submission.record().strength();
      strength[report.as_of()] += report.headcount();
    } else {
      const v1::Event& event = submission.event();
      EXPECT_GT(event.headcount(), 0);
      EXPECT_LE(event.female(), event.headcount());
      left[event.day()] +=
          event.kind() == v1::KIND_REPATRIATION ? event.headcount() : -event.headcount();
    }
  }
  EXPECT_EQ(strength["2023-06-30"], 12'895);
  EXPECT_EQ(strength["2023-11-30"], 3'215);
  EXPECT_THAT(left, SizeIs(strength.size() - 1)) << "a table is not compared with the previous one";
  int64_t present = strength["2023-06-30"];
  for (const auto& [day, departed] : left) {
    present -= departed;
    EXPECT_EQ(present, strength[day]) << day;
  }
}

TEST(FixtureFiles, AugustDepartureOfBangladeshiPoliceIncludesWomen) {
  std::vector<std::string> found;
  for (const auto& submission :
       ReadFixture("minusma_strength_monthly.csv", {.kind = "strength",
                                                   .from = "2023-07-31",
                                                   .to = "2023-09-01",
                                                   .derive_movements = true})) {
    const v1::Event& event = submission.event();
    if (event.country() != "BGD" || event.category() != v1::CATEGORY_FORMED_POLICE_UNIT) continue;
    found.push_back(event.event_id());
    EXPECT_EQ(event.headcount(), 125);
    EXPECT_EQ(event.female(), 33);
    EXPECT_EQ(event.day(), "2023-08-31");
  }
  EXPECT_THAT(found, SizeIs(1));
}

}  // namespace
}  // namespace repatriation
