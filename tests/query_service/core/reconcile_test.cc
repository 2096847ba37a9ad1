#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/errors.h"
#include "tests/common/testing/random_entries.h"
#include "tests/common/testing/sanitized.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/small_ledger.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

v1::Mandate Resolution2690() {
  v1::Mandate mandate;
  mandate.set_resolution("S/RES/2690 (2023)");
  mandate.set_adopted("2023-06-30");
  mandate.set_drawdown_start("2023-07-01");
  mandate.set_deadline("2023-12-31");
  return mandate;
}

v1::Statement Stated(v1::Measure measure, v1::Category category, int headcount,
                     absl::string_view day, v1::Qualifier qualifier = v1::QUALIFIER_EXACT) {
  v1::Statement statement;
  statement.set_measure(measure);
  statement.set_category(category);
  statement.set_headcount(headcount);
  statement.set_day(std::string(day));
  statement.set_qualifier(qualifier);
  return statement;
}

v1::StrengthReport Row(absl::string_view as_of, v1::Category category, int headcount,
                       absl::string_view country = "", absl::string_view series = "un-monthly") {
  v1::StrengthReport row;
  row.set_series(std::string(series));
  row.set_as_of(std::string(as_of));
  row.set_category(category);
  row.set_country(std::string(country));
  row.set_headcount(headcount);
  return row;
}

class ReconcileTest : public ::testing::Test {
 protected:
  v1::ReconcileResponse Ask(const v1::ReconcileRequest& request) const {
    const auto response = ledger_.core().Reconcile(request);
    EXPECT_THAT(response, IsOk());
    return response.value_or(v1::ReconcileResponse());
  }
  v1::ReconcileResponse Ask(Position known_at = -1) const {
    v1::ReconcileRequest request;
    request.set_mission("MINUSMA");
    if (known_at >= 0) request.mutable_read()->set_known_at_position(known_at);
    return Ask(request);
  }
  // The reconciliation of the statement recorded at `position`.
  v1::Reconciliation Of(Position position, Position known_at = -1) const {
    const v1::ReconcileResponse response = Ask(known_at);
    for (const v1::Reconciliation& row : response.reconciliations()) {
      if (row.position() == position) return row;
    }
    ADD_FAILURE() << "no statement at position " << position;
    return {};
  }
  std::vector<v1::Conflict> Conflicts(v1::ConflictKind kind) const {
    std::vector<v1::Conflict> conflicts;
    const v1::ReconcileResponse response = Ask();
    for (const v1::Conflict& conflict : response.conflicts()) {
      if (conflict.kind() == kind) conflicts.push_back(conflict);
    }
    return conflicts;
  }
  // Headcount of the events listed for the figure.
  int64_t SumOfEvents(const v1::Reconciliation& row) const {
    return SumOf(ledger_.List(row.events_filter(), row.events_page_token()));
  }

  SmallLedger ledger_;
};

TEST_F(ReconcileTest, AgreesWithEventsAndListsThem) {
  ledger_.Add(Resolution2690());
  ledger_.Event(Repatriated(7, "2023-06-30"));  // before the drawdown
  ledger_.Event(Repatriated(2000, "2023-07-20"));
  ledger_.Event(Repatriated(583, "2023-09-27", "BFA"));
  ledger_.Event(Repatriated(9, "2023-09-28"));
  const Position at =
      ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_CONTINGENT_TROOPS, 2583, "2023-09-27"));
  ledger_.Event(Repatriated(5, "2023-08-01", "TCD", "Gao", v1::CATEGORY_FORMED_POLICE_UNIT));
  const v1::Reconciliation row = Of(at);
  EXPECT_EQ(row.verdict(), v1::VERDICT_AGREES);
  EXPECT_EQ(row.basis(), v1::BASIS_EVENTS);
  EXPECT_EQ(row.recorded(), 2583);
  EXPECT_EQ(row.recorded_by_events(), 2583);
  EXPECT_FALSE(row.has_recorded_by_strength());
  EXPECT_EQ(row.difference(), 0);
  EXPECT_EQ(row.since_position(), at);
  EXPECT_EQ(row.since_time().seconds(), at);
  EXPECT_EQ(SumOfEvents(row), 2583);
  EXPECT_EQ(row.explanation(),
            "Events show 2,583 departed from 2023-07-01 through 2023-09-27, as stated.");
}

TEST_F(ReconcileTest, WithoutAMandateThePeriodIsTheStatementsOrUnbounded) {
  ledger_.Event(Repatriated(7, "2023-06-30"));
  ledger_.Event(Repatriated(3, "2023-07-01"));
  v1::Statement statement =
      Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_CONTINGENT_TROOPS, 10, "2023-09-27");
  const Position all = ledger_.Add(statement);
  EXPECT_EQ(Of(all).verdict(), v1::VERDICT_AGREES);
  statement.set_from("2023-07-01");
  statement.set_headcount(3);
  EXPECT_EQ(Of(ledger_.Add(statement)).verdict(), v1::VERDICT_AGREES);
}

TEST_F(ReconcileTest, QualifierAllowsATenthInItsDirection) {
  ledger_.Event(Repatriated(5808, "2023-10-20"));
  const auto verdict = [&](int headcount, v1::Qualifier qualifier) {
    return Of(ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_ALL, headcount, "2023-10-31",
                                 qualifier)))
        .verdict();
  };
  EXPECT_EQ(verdict(6000, v1::QUALIFIER_NEARLY), v1::VERDICT_AGREES);
  EXPECT_EQ(verdict(6000, v1::QUALIFIER_LESS_THAN), v1::VERDICT_AGREES);
  EXPECT_EQ(verdict(6000, v1::QUALIFIER_ABOUT), v1::VERDICT_AGREES);
  EXPECT_EQ(verdict(6000, v1::QUALIFIER_MORE_THAN), v1::VERDICT_DISAGREES);
  EXPECT_EQ(verdict(6000, v1::QUALIFIER_UNSPECIFIED), v1::VERDICT_DISAGREES);
  EXPECT_EQ(verdict(6500, v1::QUALIFIER_NEARLY), v1::VERDICT_DISAGREES);
  EXPECT_EQ(verdict(5300, v1::QUALIFIER_MORE_THAN), v1::VERDICT_AGREES);
  EXPECT_EQ(verdict(5800, v1::QUALIFIER_NEARLY), v1::VERDICT_DISAGREES);
}

TEST_F(ReconcileTest, UsesTablesIfEventsDisagree) {
  ledger_.Add(Resolution2690());
  ledger_.Add(std::vector{Row("2023-06-30", v1::CATEGORY_CONTINGENT_TROOPS, 10000, "SEN"),
                          Row("2023-06-30", v1::CATEGORY_FORMED_POLICE_UNIT, 2895, "SEN")});
  ledger_.Add(std::vector{Row("2023-11-30", v1::CATEGORY_CONTINGENT_TROOPS, 3000, "SEN"),
                          Row("2023-11-30", v1::CATEGORY_FORMED_POLICE_UNIT, 215, "SEN")});
  ledger_.Event(Repatriated(1400, "2023-11-13"));
  const Position at =
      ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_UNIFORMED, 9680, "2023-12-01"));
  const v1::Reconciliation row = Of(at);
  EXPECT_EQ(row.verdict(), v1::VERDICT_AGREES);
  EXPECT_EQ(row.basis(), v1::BASIS_STRENGTH);
  EXPECT_EQ(row.recorded(), 9680);
  EXPECT_EQ(row.recorded_by_events(), 1400);
  EXPECT_EQ(row.recorded_by_strength(), 9680);
  EXPECT_EQ(row.events_page_token(), "");
  EXPECT_EQ(
      row.explanation(),
      "Strength reports show 9,680 departed, 12,895 in un-monthly of 2023-06-30 less 3,215 in "
      "that of 2023-11-30, as stated; events show 1,400 departed from 2023-07-01 through "
      "2023-12-01.");
}

TEST_F(ReconcileTest, ComparesRemaining) {
  ledger_.Add(Resolution2690());
  ledger_.Add(std::vector{Row("2023-06-30", v1::CATEGORY_CONTINGENT_TROOPS, 75, "NPL")});
  ledger_.Add(std::vector{Row("2023-12-31", v1::CATEGORY_CONTINGENT_TROOPS, 16, "NPL")});
  ledger_.Event(Repatriated(59, "2023-12-18", "NPL", ""));
  v1::Statement statement =
      Stated(v1::MEASURE_REMAINING, v1::CATEGORY_CONTINGENT_TROOPS, 16, "2023-12-31");
  statement.set_country("NPL");
  const v1::Reconciliation row = Of(ledger_.Add(statement));
  EXPECT_EQ(row.verdict(), v1::VERDICT_AGREES);
  EXPECT_EQ(row.recorded_by_events(), 16);
  EXPECT_EQ(row.recorded_by_strength(), 16);
  EXPECT_EQ(SumOfEvents(row), 59) << "the departures";
}

TEST_F(ReconcileTest, RemainingAtASiteIncludesRelocations) {
  v1::StrengthReport row = Row("2023-06-30", v1::CATEGORY_CONTINGENT_TROOPS, 100, "TCD");
  row.set_site("Gao");
  ledger_.Add(std::vector{row});
  EventContent relocation = Repatriated(30, "2023-07-10", "TCD", "Kidal");
  relocation.kind = v1::KIND_RELOCATION;
  relocation.destination_site = "Gao";
  ledger_.Event(relocation);
  ledger_.Event(Repatriated(50, "2023-07-20", "TCD", "Gao"));
  v1::Statement statement =
      Stated(v1::MEASURE_REMAINING, v1::CATEGORY_CONTINGENT_TROOPS, 80, "2023-07-31");
  statement.set_site("Gao");
  statement.set_from("2023-07-01");
  EXPECT_EQ(Of(ledger_.Add(statement)).recorded_by_events(), 80);
}

TEST_F(ReconcileTest, FindsWrongMeasureByOtherStatements) {
  ledger_.Add(Resolution2690());
  const Position uniformed =
      ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_UNIFORMED, 9680, "2023-12-01"));
  const Position remaining =
      ledger_.Add(Stated(v1::MEASURE_REMAINING, v1::CATEGORY_ALL, 10040, "2023-12-01"));
  EXPECT_EQ(Of(remaining).verdict(), v1::VERDICT_UNKNOWN) << "only a part is stated";
  const Position civilian =
      ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_CIVILIAN, 360, "2023-12-01"));
  const v1::Reconciliation row = Of(remaining);
  EXPECT_EQ(row.verdict(), v1::VERDICT_WRONG_MEASURE);
  EXPECT_THAT(row.explanation(), HasSubstr("the number equals departed"));
  EXPECT_THAT(row.explanation(),
              HasSubstr("9,680 uniformed personnel + 360 civilian personnel = 10,040 departed"));
  EXPECT_EQ(row.since_position(), civilian);
  EXPECT_FALSE(row.has_recorded());
  EXPECT_EQ(Of(uniformed).verdict(), v1::VERDICT_UNKNOWN);
}

TEST_F(ReconcileTest, FindsWrongMeasureByEvents) {
  ledger_.Add(Resolution2690());
  ledger_.Event(Repatriated(40, "2023-07-10"));
  const Position at =
      ledger_.Add(Stated(v1::MEASURE_REMAINING, v1::CATEGORY_ALL, 40, "2023-12-01"));
  EXPECT_EQ(Of(at).verdict(), v1::VERDICT_WRONG_MEASURE);
  EXPECT_THAT(Of(at).explanation(), HasSubstr("events show 40 departed"));
}

TEST_F(ReconcileTest, ComparesWomen) {
  EventContent event =
      Repatriated(125, "2023-08-25", "BGD", "Goundam", v1::CATEGORY_FORMED_POLICE_UNIT);
  event.female = 33;
  ledger_.Event(event);
  v1::Statement statement =
      Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_FORMED_POLICE_UNIT, 125, "2023-08-25");
  statement.set_country("BGD");
  statement.set_female(33);
  const v1::Reconciliation row = Of(ledger_.Add(statement));
  EXPECT_EQ(row.verdict(), v1::VERDICT_AGREES);
  EXPECT_EQ(row.recorded_female(), 33);
  statement.set_female(30);
  EXPECT_EQ(Of(ledger_.Add(statement)).verdict(), v1::VERDICT_DISAGREES);
  // One event without the number of women makes the sum's unknown.
  event.female = kFemaleUnknown;
  event.headcount = 5;
  ledger_.Event(event);
  statement.set_headcount(130);
  statement.set_female(33);
  const v1::Reconciliation unknown = Of(ledger_.Add(statement));
  EXPECT_EQ(unknown.verdict(), v1::VERDICT_AGREES);
  EXPECT_FALSE(unknown.has_recorded_female());
}

TEST_F(ReconcileTest, IgnoresPlannedAndVoidedEvents) {
  EventContent planned = Repatriated(50, "2023-09-20");
  planned.status = v1::EVENT_STATUS_PLANNED;
  ledger_.Event(planned);
  ledger_.Void(ledger_.Event(Repatriated(7, "2023-09-20")));
  const Position at =
      ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_UNIFORMED, 50, "2023-09-27"));
  EXPECT_EQ(Of(at).verdict(), v1::VERDICT_UNKNOWN);
  EXPECT_EQ(Of(at).explanation(),
            "The ledger has neither events nor strength reports to compare it with.");
}

TEST_F(ReconcileTest, VerdictDatesFromTheEventOrCorrectionThatChangedIt) {
  const Position first = ledger_.Event(Repatriated(100, "2023-09-20"));
  const Position at =
      ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_UNIFORMED, 116, "2023-09-27"));
  EXPECT_EQ(Of(at).since_position(), at);
  const Position amended = ledger_.Amend(first, Repatriated(116, "2023-09-20"));
  ledger_.Event(Repatriated(5, "2023-09-28"));  // outside its days
  EXPECT_EQ(Of(at).verdict(), v1::VERDICT_AGREES);
  EXPECT_EQ(Of(at).since_position(), amended);
  EXPECT_EQ(Of(at).since_time().seconds(), amended);
  const Position late = ledger_.Event(Repatriated(1, "2023-09-01"));
  EXPECT_EQ(Of(at).verdict(), v1::VERDICT_DISAGREES);
  EXPECT_EQ(Of(at).since_position(), late);
  ledger_.Event(Repatriated(1, "2023-09-01"));
  EXPECT_EQ(Of(at).since_position(), late) << "disagrees as before, by another number";
  // As known earlier.
  EXPECT_EQ(Of(at, amended).since_position(), amended);
  EXPECT_EQ(Of(at, at).verdict(), v1::VERDICT_DISAGREES);
  EXPECT_EQ(Of(at, at).since_position(), at);
}

TEST_F(ReconcileTest, VerdictDatesFromTheMandateOrTableThatChangedIt) {
  ledger_.Event(Repatriated(7, "2023-06-30"));
  ledger_.Event(Repatriated(3, "2023-07-01"));
  const Position at =
      ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_CONTINGENT_TROOPS, 3, "2023-07-31"));
  EXPECT_EQ(Of(at).verdict(), v1::VERDICT_DISAGREES);
  const Position mandate = ledger_.Add(Resolution2690());
  EXPECT_EQ(Of(at).verdict(), v1::VERDICT_AGREES);
  EXPECT_EQ(Of(at).since_position(), mandate);
  const Position baseline =
      ledger_.Add(Stated(v1::MEASURE_BASELINE, v1::CATEGORY_UNIFORMED, 30, "2023-06-30"));
  EXPECT_EQ(Of(baseline).verdict(), v1::VERDICT_UNKNOWN);
  const Position table =
      ledger_.Add(std::vector{Row("2023-06-30", v1::CATEGORY_CONTINGENT_TROOPS, 10, "NPL"),
                              Row("2023-06-30", v1::CATEGORY_CONTINGENT_TROOPS, 20, "BFA")});
  EXPECT_EQ(Of(baseline).verdict(), v1::VERDICT_AGREES);
  EXPECT_EQ(Of(baseline).since_position(), table);
  EXPECT_EQ(Of(at).since_position(), mandate);
}

TEST_F(ReconcileTest, ManyTablesAndStatements) {
  ledger_.Add(Resolution2690());
  constexpr int kStatements = 200;
  for (int i = 0; i < kStatements; ++i) {
    ledger_.Add(Stated(v1::MEASURE_BASELINE, v1::CATEGORY_UNIFORMED, 30 * i, "2023-06-30"));
  }
  for (int i = 1; i <= 60; ++i) {
    ledger_.Add(std::vector{Row("2023-06-30", v1::CATEGORY_CONTINGENT_TROOPS, 10 * i, "SEN")});
    ledger_.Event(Repatriated(1, "2023-09-20"));
  }
  v1::ReconcileRequest request;
  request.set_mission("MINUSMA");
  request.set_page_size(kStatements);
  const v1::ReconcileResponse now = Ask(request);
  ASSERT_EQ(now.reconciliations_size(), kStatements);
  for (const int i : {0, 7, 20, 199}) {
    const v1::Reconciliation& row = now.reconciliations(i);
    EXPECT_EQ(row.verdict(), i == 20 ? v1::VERDICT_AGREES : v1::VERDICT_DISAGREES);
    request.mutable_read()->set_known_at_position(row.since_position());
    EXPECT_EQ(Ask(request).reconciliations(i).verdict(), row.verdict()) << "statement " << i;
  }
}

// Judging each statement at each mandate would time out.
TEST_F(ReconcileTest, ManyMandatesAndStatements) {
  constexpr int kStatements = 1'000;
  constexpr int kMandates = 20'000;
  for (int i = 0; i < kStatements; ++i) {
    ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_CONTINGENT_TROOPS, 1'000 + i,
                       absl::StrCat("2023-12-", i % 2 == 0 ? "01" : "02")));
  }
  for (int day = 1; day <= 28; ++day) {
    ledger_.Event(Repatriated(500, absl::StrCat("2023-0", 1 + day % 6, "-", 10 + day % 18)));
  }
  v1::Mandate mandate = Resolution2690();
  for (int i = 0; i < kMandates; ++i) {
    mandate.set_drawdown_start(absl::StrCat("2023-0", 1 + i % 6, "-01"));
    ledger_.Add(mandate);
  }
  v1::ReconcileRequest request;
  request.set_mission("MINUSMA");
  request.set_page_size(kStatements);
  const v1::ReconcileResponse now = Ask(request);
  ASSERT_EQ(now.reconciliations_size(), kStatements);
  for (const int i : {0, 1, 500, 999}) {
    const v1::Reconciliation& row = now.reconciliations(i);
    request.mutable_read()->set_known_at_position(row.since_position());
    EXPECT_EQ(Ask(request).reconciliations(i).verdict(), row.verdict()) << "statement " << i;
  }
}

// They are merged into few steps even with a statement between any two of them.
TEST_F(ReconcileTest, ManyInterleavedTablesMandatesAndStatements) {
  constexpr int kStatements = kSanitized ? 200 : 1'000;
  constexpr int kRounds = 2 * kStatements;
  for (int i = 0; i < 28; ++i) {
    ledger_.Event(Repatriated(500, absl::StrCat("2023-0", 1 + i % 6, "-", 10 + i % 18)));
  }
  v1::Mandate mandate = Resolution2690();
  for (int i = 0; i < kRounds; ++i) {
    ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_CONTINGENT_TROOPS, 1'000 + 15 * i,
                       i < kStatements ? "2023-11-01" : "2023-12-01", v1::QUALIFIER_ABOUT));
    if (i % 2 == 0) {
      mandate.set_drawdown_start(absl::StrCat("2023-0", 1 + i / 2 % 6, "-01"));
      ledger_.Add(mandate);
    } else {
      ledger_.Add(std::vector{
          Row("2023-06-30", v1::CATEGORY_CONTINGENT_TROOPS, 10 * i, absl::StrCat("C", i % 1'000))});
    }
  }
  v1::ReconcileRequest request;
  request.set_mission("MINUSMA");
  request.set_page_size(kStatements);
  const v1::ReconcileResponse now = Ask(request);
  ASSERT_EQ(now.reconciliations_size(), kStatements);
  for (const int thousandth : {0, 100, 350, 500, 700, 999}) {
    const int i = thousandth * kStatements / 1'000;
    const v1::Reconciliation& row = now.reconciliations(i);
    EXPECT_GE(row.since_position(), row.position());
    request.mutable_read()->set_known_at_position(row.since_position());
    EXPECT_EQ(Ask(request).reconciliations(i).verdict(), row.verdict()) << "statement " << i;
  }
}

TEST_F(ReconcileTest, MandateThatChangesNothingDatesNoVerdict) {
  ledger_.Add(Resolution2690());
  ledger_.Event(Repatriated(7, "2023-06-30"));
  ledger_.Event(Repatriated(2'000, "2023-07-20"));
  const Position at = ledger_.Add(
      Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_CONTINGENT_TROOPS, 2'000, "2023-09-27"));
  v1::Mandate mandate = Resolution2690();
  mandate.set_drawdown_start("2023-06-01");
  ledger_.Add(mandate);
  const Position back = ledger_.Add(Resolution2690());
  for (int i = 0; i < 10; ++i) ledger_.Add(Resolution2690());
  EXPECT_EQ(Of(at).verdict(), v1::VERDICT_AGREES);
  EXPECT_EQ(Of(at).since_position(), back);
}

TEST_F(ReconcileTest, PagesAreOrderedByDayThenPosition) {
  for (const char* day : {"2023-09-27", "2023-08-25", "2023-09-27", "2023-12-01"}) {
    ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_ALL, 1, day));
  }
  v1::ReconcileRequest request;
  request.set_mission("MINUSMA");
  request.mutable_days()->set_to("2023-12-01");
  request.set_page_size(2);
  const v1::ReconcileResponse first = Ask(request);
  ASSERT_EQ(first.reconciliations_size(), 2);
  EXPECT_EQ(first.reconciliations(0).position(), 2);
  EXPECT_EQ(first.reconciliations(1).position(), 1);
  ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_ALL, 1, "2023-01-01"));
  request.set_page_token(first.next_page_token());
  const v1::ReconcileResponse second = Ask(request);
  ASSERT_EQ(second.reconciliations_size(), 1);
  EXPECT_EQ(second.reconciliations(0).position(), 3);
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_THAT(second.conflicts(), IsEmpty());
}

TEST_F(ReconcileTest, FindsConflictingBaselines) {
  ledger_.Add(Resolution2690());
  const Position august =
      ledger_.Add(Stated(v1::MEASURE_BASELINE, v1::CATEGORY_UNIFORMED, 12947, "2023-06-30"));
  const Position december =
      ledger_.Add(Stated(v1::MEASURE_BASELINE, v1::CATEGORY_UNIFORMED, 12944, "2023-12-01"));
  const Position table =
      ledger_.Add(std::vector{Row("2023-06-30", v1::CATEGORY_CONTINGENT_TROOPS, 12895, "SEN")});
  const auto conflicts = Conflicts(v1::CONFLICT_KIND_BASELINES);
  ASSERT_EQ(conflicts.size(), 1);
  EXPECT_THAT(conflicts[0].positions(), ElementsAre(august, december, table));
  EXPECT_EQ(conflicts[0].description(),
            "Baselines of uniformed personnel differ: 12,947 as of 2023-06-30 (stated), 12,944 as "
            "of 2023-12-01 (stated), 12,895 as of 2023-06-30 (un-monthly).");
  EXPECT_EQ(Of(august).verdict(), v1::VERDICT_DISAGREES);
  EXPECT_EQ(Of(august).recorded(), 12895);
  EXPECT_EQ(Of(december).difference(), 49);
}

TEST_F(ReconcileTest, FindsConflictingStatementsAndClosures) {
  const Position one =
      ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_ALL, 100, "2023-09-27"));
  const Position two =
      ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_ALL, 120, "2023-09-27"));
  ledger_.Add(Stated(v1::MEASURE_DEPARTED, v1::CATEGORY_FORCE, 120, "2023-09-27"));
  ledger_.Add(Stated(v1::MEASURE_REMAINING, v1::CATEGORY_FORCE, 50, "2023-09-27"));
  ledger_.Add(
      Stated(v1::MEASURE_REMAINING, v1::CATEGORY_FORCE, 52, "2023-09-27", v1::QUALIFIER_ABOUT));
  v1::SiteClosure closure;
  closure.set_site("Goundam");
  closure.set_day("2023-08-15");
  const Position fifteenth = ledger_.Add(closure);
  closure.set_day("2023-08-16");
  const Position sixteenth = ledger_.Add(closure);
  const auto statements = Conflicts(v1::CONFLICT_KIND_STATEMENTS);
  ASSERT_EQ(statements.size(), 1);
  EXPECT_THAT(statements[0].positions(), ElementsAre(one, two));
  EXPECT_EQ(statements[0].description(),
            "Statements of all personnel departed differ: 100 as of 2023-09-27 (stated), 120 as of "
            "2023-09-27 (stated).");
  const auto closures = Conflicts(v1::CONFLICT_KIND_SITE_CLOSURES);
  ASSERT_EQ(closures.size(), 1);
  EXPECT_THAT(closures[0].positions(), ElementsAre(fifteenth, sixteenth));
  EXPECT_EQ(closures[0].description(),
            "Goundam is reported to have been closed on 2023-08-15 and on 2023-08-16.");
}

TEST_F(ReconcileTest, FindsOneMovementOnTwoDays) {
  const Position sixteenth = ledger_.Event(Repatriated(116, "2023-09-16"));
  const Position twentieth = ledger_.Event(Repatriated(116, "2023-09-20"));
  ledger_.Event(Repatriated(117, "2023-09-20"));
  ledger_.Event(Repatriated(116, "2023-09-20", "TGO"));
  ledger_.Event(Repatriated(116, "2023-09-20", "SEN", "Gao"));
  ledger_.Event(Repatriated(116, "2023-10-20"));
  ledger_.Void(ledger_.Event(Repatriated(116, "2023-09-18")));
  const auto conflicts = Conflicts(v1::CONFLICT_KIND_EVENT_DAYS);
  ASSERT_EQ(conflicts.size(), 1);
  EXPECT_THAT(conflicts[0].positions(), ElementsAre(sixteenth, twentieth));
  EXPECT_EQ(conflicts[0].description(),
            "The repatriation of 116 contingent troops of SEN at Mopti is recorded on 2023-09-16 "
            "and on 2023-09-20.");
  ledger_.Void(sixteenth);
  EXPECT_THAT(Conflicts(v1::CONFLICT_KIND_EVENT_DAYS), IsEmpty());
}

TEST_F(ReconcileTest, FindsAMovementAmendedToAnotherDay) {
  const Position event = ledger_.Event(Repatriated(116, "2023-09-16"));
  const Position amended = ledger_.Amend(event, Repatriated(116, "2023-09-20"));
  const auto conflicts = Conflicts(v1::CONFLICT_KIND_EVENT_DAYS);
  ASSERT_EQ(conflicts.size(), 1);
  EXPECT_THAT(conflicts[0].positions(), ElementsAre(event, amended));
  EXPECT_THAT(conflicts[0].description(),
              HasSubstr("recorded on 2023-09-16 and amended to 2023-09-20."));
}

TEST_F(ReconcileTest, RefusesInvalidRequests) {
  ledger_.Event(Repatriated(1, "2023-09-16"));
  v1::ReconcileRequest request;
  const auto reason = [&] { return ReasonOf(ledger_.core().Reconcile(request).status()); };
  EXPECT_THAT(ledger_.core().Reconcile(request),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("mission:")));
  EXPECT_EQ(reason(), "REQUIRED");
  request.set_mission("MONUSCO");
  EXPECT_THAT(ledger_.core().Reconcile(request), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(reason(), "MISSION_UNKNOWN");
  request.set_mission("MINUSMA");
  EXPECT_THAT(ledger_.core().Reconcile(request), IsOk());
  request.mutable_days()->set_from("2023-02-30");
  EXPECT_EQ(reason(), "DAY_NOT_A_DATE");
  request.clear_days();
  request.set_page_size(1001);
  EXPECT_EQ(reason(), "OUT_OF_RANGE");
}

// Compares with the verdicts at every position, for random events and corrections.
TEST_F(ReconcileTest, VerdictDatesAgreeWithVerdictsAtEveryPosition) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  std::vector<Position> statements;
  ledger_.Record(random.NextEntries(5));
  for (int i = 0; i < 6; ++i) {
    v1::Statement statement =
        Stated(v1::MEASURE_DEPARTED, static_cast<v1::Category>(20 + random.Below(5)),
               static_cast<int>(100 * random.Below(20)), "2023-12-01", v1::QUALIFIER_ABOUT);
    if (random.Chance(2)) statement.set_measure(v1::MEASURE_REMAINING);
    statements.push_back(ledger_.tail() + 1);
    ledger_.Add(statement);
    for (int j = 0; j < 12; ++j) {
      ledger_.Event(Repatriated(static_cast<int>(10 + random.Below(300)), "2023-09-20", "BFA"));
      if (random.Chance(3)) ledger_.Void(ledger_.tail());
    }
    if (random.Chance(2)) {
      ledger_.Add(std::vector{Row("2023-06-30", v1::CATEGORY_CONTINGENT_TROOPS,
                                  static_cast<int>(2000 + random.Below(2000)), "BFA")});
    }
    if (random.Chance(3)) ledger_.Add(Resolution2690());
  }
  for (const Position at : statements) {
    const v1::Reconciliation row = Of(at);
    Position since = ledger_.tail();
    while (since > at && Of(at, since - 1).verdict() == row.verdict()) --since;
    EXPECT_EQ(row.since_position(), since) << row.ShortDebugString();
  }
}

// For events of every kind, status and place, with corrections.
TEST_F(ReconcileTest, EveryFigureByEventsIsTheSumOfItsEvents) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  const auto content = [&] {
    EventContent content = random.NextEvent().event;
    content.mission = "MINUSMA";
    if (random.Chance(5)) content.status = v1::EVENT_STATUS_PLANNED;
    return content;
  };
  std::vector<Position> events;
  const auto change = [&] {
    const size_t i = events.empty() ? 0 : random.Below(events.size());
    if (events.empty() || random.Chance(2)) {
      events.push_back(ledger_.Event(content()));
    } else if (random.Chance(2)) {
      ledger_.Amend(events[i], content());
    } else {
      ledger_.Void(events[i]);
      events.erase(events.begin() + static_cast<int64_t>(i));
    }
  };
  for (int i = 0; i < 60; ++i) change();
  std::vector<Position> statements;
  for (int i = 0; i < 12; ++i) {
    v1::Statement statement =
        Stated(v1::MEASURE_DEPARTED, static_cast<v1::Category>(20 + random.Below(5)),
               static_cast<int>(random.Below(3000)), "2023-12-01", v1::QUALIFIER_ABOUT);
    if (random.Chance(3)) statement.set_country("SEN");
    if (random.Chance(3)) statement.set_site("Ber");
    if (random.Chance(3)) statement.set_from("2023-07-15");
    statements.push_back(ledger_.Add(statement));
    for (int j = 0; j < 4; ++j) change();
  }
  for (const Position at : statements) {
    const v1::Reconciliation row = Of(at);
    SCOPED_TRACE(row.ShortDebugString());
    EXPECT_EQ(row.has_recorded(), row.basis() == v1::BASIS_EVENTS);
    if (row.has_recorded()) {
      EXPECT_EQ(SumOfEvents(row), row.recorded());
    }
    Position since = ledger_.tail();
    while (since > at && Of(at, since - 1).verdict() == row.verdict()) --since;
    EXPECT_EQ(row.since_position(), since);
  }
}

}  // namespace
}  // namespace repatriation
