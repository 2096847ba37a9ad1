#include "query_service/core/reconciliation/record_conflicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "query_service/core/text/conflict_limits.h"

namespace repatriation {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class RecordConflictsTest : public ::testing::Test {
 protected:
  // At the next position.
  void Record(v1::Record record) {
    records_.push_back({static_cast<Position>(records_.size()) + 1, std::move(record)});
  }
  void State(int32_t headcount, const std::string& day) {
    v1::Record record;
    v1::Statement& statement = *record.mutable_statement();
    statement.set_mission("MINUSMA");
    statement.set_measure(v1::MEASURE_DEPARTED);
    statement.set_category(v1::CATEGORY_ALL);
    statement.set_headcount(headcount);
    statement.set_day(day);
    statement.set_qualifier(v1::QUALIFIER_EXACT);
    Record(std::move(record));
  }
  void Close(const std::string& site, DayNumber day) {
    v1::Record record;
    record.mutable_site_closure()->set_site(site);
    record.mutable_site_closure()->set_day(FormatDay(day));
    Record(std::move(record));
  }

  std::deque<RecordBook::Record> records_;
};

TEST_F(RecordConflictsTest, ListsTheFirstOfManyFigures) {
  for (int i = 1; i <= 1'500; ++i) State(i, "2023-09-27");
  const auto conflicts = FindRecordConflicts(records_);
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0].positions_size(), 1'000);
  EXPECT_EQ(conflicts[0].positions(999), 1'000);
  EXPECT_THAT(conflicts[0].description(),
              HasSubstr(" differ: 1 as of 2023-09-27 (stated), 2 as of 2023-09-27 (stated), "));
  EXPECT_THAT(conflicts[0].description(),
              EndsWith(", 20 as of 2023-09-27 (stated) and 1480 more."));
}

TEST_F(RecordConflictsTest, ListsAllFiguresUpToTheLimit) {
  for (size_t i = 1; i <= kConflictPartsMax; ++i) State(static_cast<int32_t>(i), "2023-09-27");
  const auto conflicts = FindRecordConflicts(records_);
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_THAT(conflicts[0].description(), EndsWith(", 20 as of 2023-09-27 (stated)."));
}

TEST_F(RecordConflictsTest, ListsTheFirstOfManyClosingDays) {
  const DayNumber first = ParseDay("2000-01-01").value();
  for (int i = 0; i < 1'500; ++i) Close("Goundam", first + i);
  const auto conflicts = FindRecordConflicts(records_);
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0].positions_size(), 1'000);
  EXPECT_THAT(conflicts[0].description(), EndsWith(" and on 2000-01-20 and 1480 more."));
}

TEST_F(RecordConflictsTest, ReturnsTheFirstThousandConflicts) {
  const DayNumber day = ParseDay("2023-08-15").value();
  State(1, "2023-09-27");
  State(2, "2023-09-27");
  for (int i = 0; i < 1'500; ++i) {
    Close(absl::StrCat("Site ", i), day);
    Close(absl::StrCat("Site ", i), day + 1);
  }
  const auto conflicts = FindRecordConflicts(records_);
  ASSERT_EQ(conflicts.size(), 1'000u);
  EXPECT_EQ(conflicts.front().kind(), v1::CONFLICT_KIND_STATEMENTS);
  EXPECT_EQ(conflicts.back().kind(), v1::CONFLICT_KIND_SITE_CLOSURES);
}

}  // namespace
}  // namespace repatriation
