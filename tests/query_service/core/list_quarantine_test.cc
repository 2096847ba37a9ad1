#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/errors.h"
#include "query_service/core/query_core.h"
#include "tests/query_service/core/testing/ledger_copy.h"

namespace repatriation {
namespace {

class ListQuarantineTest : public ::testing::Test {
 protected:
  v1::ListQuarantineResponse List(const v1::ListQuarantineRequest& request = {}) {
    const auto response = ledger_.core().ListQuarantine(request);
    EXPECT_THAT(response, IsOk());
    return response.value_or(v1::ListQuarantineResponse());
  }
  // "ID:HEADCOUNT>STRENGTH+CHANGE (SERIES@DAY SITE)" of each event.
  static std::string Text(const v1::ListQuarantineResponse& response) {
    std::vector<std::string> lines;
    for (const v1::QuarantinedEvent& event : response.events()) {
      EXPECT_EQ(event.record().status(), v1::EVENT_STATUS_QUARANTINED);
      lines.push_back(absl::StrCat(
          event.record().event().event_id(), ":", event.record().event().headcount(), ">",
          event.strength().headcount(), event.change_since() < 0 ? "" : "+", event.change_since(),
          " (", event.strength().series(), "@", event.strength().as_of(),
          event.strength().site().empty() ? "" : " ", event.strength().site(), ")"));
    }
    return absl::StrJoin(lines, "\n");
  }
  std::string At(Position known_at) {
    v1::ListQuarantineRequest request;
    request.mutable_read()->set_known_at_position(known_at);
    return Text(List(request));
  }

  LedgerCopy ledger_;
};

TEST_F(ListQuarantineTest, EmptyLedgerHasNone) {
  EXPECT_EQ(List().events_size(), 0);
  v1::ListQuarantineRequest request;
  request.set_mission("NEVER");
  EXPECT_EQ(List(request).events_size(), 0);
}

TEST_F(ListQuarantineTest, ReturnsTheStrengthThatAnEventExceeds) {
  ledger_.ApplyApart({ledger_.Strength("un-monthly", "2023-06-30", 100, "SEN"),
                      AnEvent("a", Departure("2023-07-05", 80, "SEN")),
                      AnEvent("b", Departure("2023-07-06", 30, "SEN"))});
  EXPECT_EQ(Text(List()), "b:30>100-80 (un-monthly@2023-06-30)");
  EXPECT_EQ(At(2), "") << "not recorded yet";
}

TEST_F(ListQuarantineTest, UsesTheHighestSeriesOfTheLastTable) {
  ledger_.ApplyApart({ledger_.Strength("old", "2023-05-31", 500, "SEN"),
                      ledger_.Strength("low", "2023-06-30", 90, "SEN"),
                      ledger_.Strength("high", "2023-06-30", 100, "SEN"),
                      ledger_.Strength("later", "2023-07-31", 700, "SEN"),
                      AnEvent("a", Departure("2023-07-05", 101, "SEN")),
                      AnEvent("b", Departure("2023-06-30", 501, "SEN"))});
  EXPECT_EQ(Text(List()),
            "a:101>100+0 (high@2023-06-30)\n"
            "b:501>500+0 (old@2023-05-31)")
      << "a table gives the strength at the end of its day";
}

TEST_F(ListQuarantineTest, ReturnsTheStrengthOfASite) {
  ledger_.ApplyApart({ledger_.Strength("un-monthly", "2023-06-30", 100, "SEN"),
                      ledger_.Strength("un-monthly", "2023-06-30", 20, "SEN", "Gao"),
                      AnEvent("a", Relocation("2023-07-01", 5, "SEN", "Gao", "Ber")),
                      AnEvent("b", Departure("2023-07-06", 16, "SEN", "Gao")),
                      AnEvent("c", Relocation("2023-07-07", 16, "SEN", "Gao", "Ber")),
                      AnEvent("d", Departure("2023-07-08", 101, "SEN", "Gao"))});
  EXPECT_EQ(Text(List()),
            "b:16>20-5 (un-monthly@2023-06-30 Gao)\n"
            "c:16>20-5 (un-monthly@2023-06-30 Gao)\n"
            "d:101>100+0 (un-monthly@2023-06-30)");
}

TEST_F(ListQuarantineTest, UsesLaterStrengthAndCorrections) {
  ledger_.ApplyApart({ledger_.Strength("un-monthly", "2023-06-30", 100, "SEN"),
                      AnEvent("a", Departure("2023-07-05", 80, "SEN")),
                      AnEvent("b", Departure("2023-07-06", 30, "SEN")), AVoiding("v", 2),
                      ledger_.Strength("un-monthly", "2023-06-30", 120, "SEN")});
  EXPECT_EQ(Text(List()), "b:30>120+0 (un-monthly@2023-06-30)")
      << "stays in quarantine until released";
  EXPECT_EQ(At(4), "b:30>100+0 (un-monthly@2023-06-30)");
  EXPECT_EQ(At(3), "b:30>100-80 (un-monthly@2023-06-30)");
}

TEST_F(ListQuarantineTest, AllPagesAreAsKnownAtTheFirst) {
  ledger_.Apply({ledger_.Strength("un-monthly", "2023-06-30", 10, "SEN")});
  for (const char* id : {"a", "b", "c"}) {
    ledger_.Apply({AnEvent(id, Departure("2023-07-05", 80, "SEN"))});
  }
  v1::ListQuarantineRequest request;
  request.set_mission("MINUSMA");
  request.set_page_size(2);
  v1::ListQuarantineResponse page = List(request);
  EXPECT_EQ(page.events_size(), 2);
  ASSERT_FALSE(page.next_page_token().empty());
  ledger_.Apply({AVoiding("v", 4)});
  request.set_page_token(page.next_page_token());
  page = List(request);
  EXPECT_EQ(Text(page), "c:80>10+0 (un-monthly@2023-06-30)");
  EXPECT_EQ(page.header().known_at_position(), 4);
  EXPECT_TRUE(page.next_page_token().empty());
}

TEST_F(ListQuarantineTest, ListsOneMissionIfNamed) {
  v1::StrengthReport row = AStrength("un-monthly", "2023-06-30", 10, "SEN");
  row.set_mission("MONUSCO");
  EventContent elsewhere = Departure("2023-07-05", 11, "SEN");
  elsewhere.mission = "MONUSCO";
  ledger_.ApplyApart({ledger_.Strength("un-monthly", "2023-06-30", 10, "SEN"),
                      ledger_.Strength(row), AnEvent("here", Departure("2023-07-05", 12, "SEN")),
                      AnEvent("elsewhere", elsewhere)});
  EXPECT_EQ(List().events_size(), 2);
  v1::ListQuarantineRequest request;
  request.set_mission("MONUSCO");
  EXPECT_EQ(Text(List(request)), "elsewhere:11>10+0 (un-monthly@2023-06-30)");
}

TEST_F(ListQuarantineTest, ErrorsNameTheField) {
  v1::ListQuarantineRequest request;
  request.set_page_size(1001);
  EXPECT_THAT(ledger_.core().ListQuarantine(request),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("page_size")));
  request.set_page_size(1000);
  request.mutable_read()->set_known_at_position(1);
  EXPECT_EQ(ReasonOf(ledger_.core().ListQuarantine(request).status()), "POSITION_NOT_APPLIED");
}

}  // namespace
}  // namespace repatriation
