#include "query_service/core/reconciliation/verdict_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "tests/query_service/core/testing/small_ledger.h"

namespace repatriation {
namespace {

v1::Statement StatedDeparted(int headcount) {
  v1::Statement statement;
  statement.set_measure(v1::MEASURE_DEPARTED);
  statement.set_category(v1::CATEGORY_UNIFORMED);
  statement.set_headcount(headcount);
  statement.set_day("2023-09-27");
  statement.set_qualifier(v1::QUALIFIER_EXACT);
  return statement;
}

class VerdictHistoryTest : public ::testing::Test {
 protected:
  // Judges all statements, as known at `known_at`; 0: now.
  std::vector<JudgedStatement> JudgeAll(Position known_at = 0) {
    if (known_at == 0) known_at = ledger_.tail();
    LoadRecords(known_at);
    return JudgeStatements(ledger_.replica().view(), "MINUSMA", records_, known_at, statements_);
  }
  // Judges one alone.
  JudgedStatement Judged(Position statement, Position known_at = 0) {
    if (known_at == 0) known_at = ledger_.tail();
    LoadRecords(known_at);
    for (const StatementAt& at : statements_) {
      if (at.position != statement) continue;
      return JudgeStatements(ledger_.replica().view(), "MINUSMA", records_, known_at, {&at, 1})
          .front();
    }
    ADD_FAILURE() << "no statement at position " << statement;
    return JudgeAll(known_at).front();
  }

  SmallLedger ledger_;

 private:
  void LoadRecords(Position known_at) {
    records_.clear();
    statements_.clear();
    const LedgerView::Reader reader(ledger_.replica().view());
    for (const RecordBook::Record& record : reader.records().Of("MINUSMA")) {
      if (record.position <= known_at) records_.push_back(record);
    }
    for (const RecordBook::Record& record : records_) {
      if (record.content.has_statement()) {
        statements_.push_back({record.position, &record.content.statement()});
      }
    }
  }

  std::deque<RecordBook::Record> records_;
  std::vector<StatementAt> statements_;
};

TEST_F(VerdictHistoryTest, VerdictDatesFromTheStatementIfNothingChangedIt) {
  ledger_.Event(Repatriated(30, "2023-09-20"));
  const Position statement = ledger_.Add(StatedDeparted(30));
  ledger_.Event(Repatriated(5, "2023-09-28"));  // after the statement's day
  const JudgedStatement judged = Judged(statement);
  EXPECT_EQ(judged.finding.verdict, v1::VERDICT_AGREES);
  EXPECT_EQ(judged.since, statement);
}

TEST_F(VerdictHistoryTest, VerdictDatesFromTheEntryThatChangedIt) {
  const Position statement = ledger_.Add(StatedDeparted(30));
  ledger_.Event(Repatriated(20, "2023-09-20"));
  const Position agrees = ledger_.Event(Repatriated(10, "2023-09-27"));
  EXPECT_EQ(Judged(statement).finding.verdict, v1::VERDICT_AGREES);
  EXPECT_EQ(Judged(statement).since, agrees);

  const Position amended = ledger_.Amend(agrees, Repatriated(9, "2023-09-27"));
  EXPECT_EQ(Judged(statement).finding.verdict, v1::VERDICT_DISAGREES);
  EXPECT_EQ(Judged(statement).since, amended);

  ledger_.Event(Repatriated(2, "2023-09-21"));
  EXPECT_EQ(Judged(statement).since, amended) << "it still disagrees";

  const Position voided = ledger_.Void(ledger_.Event(Repatriated(1, "2023-09-21")));
  EXPECT_EQ(Judged(statement).since, amended) << "it disagreed at every position";
  EXPECT_EQ(Judged(statement, voided - 1).finding.verdict, v1::VERDICT_DISAGREES);
  EXPECT_EQ(Judged(statement, agrees).since, agrees) << "as known then";
}

TEST_F(VerdictHistoryTest, VoidedEventDatesTheVerdict) {
  const Position statement = ledger_.Add(StatedDeparted(20));
  ledger_.Event(Repatriated(20, "2023-09-20"));
  const Position surplus = ledger_.Event(Repatriated(7, "2023-09-20"));
  EXPECT_EQ(Judged(statement).since, surplus);
  const Position voided = ledger_.Void(surplus);
  EXPECT_EQ(Judged(statement).finding.verdict, v1::VERDICT_AGREES);
  EXPECT_EQ(Judged(statement).since, voided);
}

TEST_F(VerdictHistoryTest, MandateThatStartsTheDrawdownDatesTheVerdict) {
  ledger_.Event(Repatriated(7, "2023-06-30"));
  ledger_.Event(Repatriated(30, "2023-07-20"));
  const Position statement = ledger_.Add(StatedDeparted(30));
  EXPECT_EQ(Judged(statement).finding.verdict, v1::VERDICT_DISAGREES);
  v1::Mandate mandate;
  mandate.set_resolution("S/RES/2690 (2023)");
  mandate.set_adopted("2023-06-30");
  mandate.set_drawdown_start("2023-07-01");
  mandate.set_deadline("2023-12-31");
  const Position from_mandate = ledger_.Add(mandate);
  EXPECT_EQ(Judged(statement).finding.verdict, v1::VERDICT_AGREES);
  EXPECT_EQ(Judged(statement).since, from_mandate);
  mandate.set_record_id("");
  mandate.set_deadline("2024-01-31");
  ledger_.Add(mandate);
  EXPECT_EQ(Judged(statement).since, from_mandate) << "the first day is the same";
}

TEST_F(VerdictHistoryTest, JudgesTogetherAsOneByOne) {
  std::vector<Position> statements;
  for (int i = 0; i < 12; ++i) {
    statements.push_back(ledger_.Add(StatedDeparted(10 * (i % 5))));
    const Position event = ledger_.Event(Repatriated(10, "2023-09-20"));
    if (i % 3 == 0) ledger_.Void(event);
    if (i % 4 == 0)
      ledger_.Amend(ledger_.Event(Repatriated(3, "2023-09-21")), Repatriated(4, "2023-09-29"));
  }
  const std::vector<JudgedStatement> together = JudgeAll();
  ASSERT_EQ(together.size(), statements.size());
  for (size_t i = 0; i < statements.size(); ++i) {
    const Position at = together[i].at.position;
    const v1::Verdict verdict = together[i].finding.verdict;
    const Position since = together[i].since;
    EXPECT_EQ(at, statements[i]);
    const JudgedStatement alone = Judged(at);
    EXPECT_EQ(alone.finding.verdict, verdict) << "statement at position " << at;
    EXPECT_EQ(alone.since, since) << "statement at position " << at;
  }
}

TEST_F(VerdictHistoryTest, UnknownMissionHasNoStatements) {
  ledger_.Event(Repatriated(1, "2023-09-20"));
  EXPECT_TRUE(JudgeStatements(ledger_.replica().view(), "MONUSCO", {}, ledger_.tail(), {}).empty());
}

}  // namespace
}  // namespace repatriation
