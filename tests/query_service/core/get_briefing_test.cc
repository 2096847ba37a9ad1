#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/errors.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/small_ledger.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GetBriefingTest : public ::testing::Test {
 protected:
  v1::GetBriefingResponse Ask(const std::string& to = "") const {
    v1::GetBriefingRequest request;
    request.set_mission("MINUSMA");
    request.mutable_days()->set_to(to);
    const auto response = ledger_.core().GetBriefing(request);
    EXPECT_THAT(response, IsOk());
    return response.value_or(v1::GetBriefingResponse());
  }
  Position State(int headcount, const std::string& day) {
    v1::Statement statement;
    statement.set_measure(v1::MEASURE_DEPARTED);
    statement.set_category(v1::CATEGORY_CONTINGENT_TROOPS);
    statement.set_headcount(headcount);
    statement.set_day(day);
    statement.set_qualifier(v1::QUALIFIER_EXACT);
    return ledger_.Add(statement);
  }

  SmallLedger ledger_;
};

TEST_F(GetBriefingTest, ListsTheLatestDiscrepanciesAndTheirNumber) {
  constexpr int kStatements = 1'234;
  ledger_.Event(Repatriated(116, "2023-07-20"));
  for (int i = 0; i < kStatements; ++i) {
    State(1'000 + i, i % 2 == 0 ? "2023-09-27" : "2023-08-25");
  }
  const Position latest = State(7, "2023-10-01");
  State(116, "2023-10-02");
  const v1::GetBriefingResponse briefing = Ask();
  EXPECT_EQ(briefing.discrepancy_count(), kStatements + 1);
  ASSERT_EQ(briefing.discrepancies_size(), 100);
  EXPECT_EQ(briefing.discrepancies(99).position(), latest);
  EXPECT_EQ(briefing.discrepancies(98).position(), latest - 2);
  EXPECT_EQ(briefing.discrepancies(0).statement().day(), "2023-09-27");
  EXPECT_THAT(briefing.text(), HasSubstr("\n  - And 1,135 earlier ones.\n"));
  EXPECT_THAT(briefing.markdown(), HasSubstr("\n- And 1,135 earlier ones.\n"));
  EXPECT_LT(briefing.ByteSizeLong(), 200'000u);
}

TEST_F(GetBriefingTest, ListsAllDiscrepanciesIfThereAreFew) {
  ledger_.Event(Repatriated(116, "2023-07-20"));
  State(7, "2023-08-25");
  State(8, "2023-09-27");
  const v1::GetBriefingResponse briefing = Ask("2023-09-01");
  EXPECT_EQ(briefing.discrepancy_count(), 1);
  EXPECT_EQ(briefing.discrepancies_size(), 1);
  EXPECT_THAT(briefing.text(), Not(HasSubstr("earlier ones")));
}

TEST_F(GetBriefingTest, PrintsTheFirstOfManyConflicts) {
  v1::SiteClosure closure;
  for (int i = 0; i < 150; ++i) {
    closure.set_site(absl::StrCat("Site ", i));
    closure.set_day("2023-08-15");
    ledger_.Add(closure);
    closure.set_day("2023-08-16");
    ledger_.Add(closure);
  }
  const v1::GetBriefingResponse briefing = Ask("2023-08-01");
  EXPECT_EQ(briefing.conflicts_size(), 150);
  EXPECT_THAT(briefing.text(), HasSubstr("\n  - And 50 more conflicts.\n"));
}

}  // namespace
}  // namespace repatriation
