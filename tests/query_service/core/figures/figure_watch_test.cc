#include "query_service/core/figures/figure_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/errors.h"
#include "tests/common/testing/fake_clock.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/filled_replica.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

v1::WatchAggregateRequest BySite() {
  v1::WatchAggregateRequest request;
  request.add_group_by(v1::DIMENSION_SITE);
  return request;
}

// "@POSITION SITE=HEADCOUNT(EVENTS)... total=HEADCOUNT(EVENTS)".
std::string AnswerText(const v1::WatchAggregateResponse& answer) {
  const auto figure = [](const v1::Figure& of) {
    return absl::StrCat("=", of.headcount(), "(", of.events(), ")");
  };
  std::string word = absl::StrCat("@", answer.header().known_at_position());
  for (const v1::AggregateRow& row : answer.rows()) {
    EXPECT_TRUE(row.has_figure());
    absl::StrAppend(&word, " ", row.group().site(), figure(row.figure()));
  }
  return absl::StrCat(word, " total", figure(answer.total()));
}

class FigureWatchTest : public ::testing::Test {
 protected:
  FigureWatch Watch(const v1::WatchAggregateRequest& request = BySite()) const {
    auto watch = FigureWatch::Make(request, kOptions);
    EXPECT_THAT(watch, IsOk());
    return *std::move(watch);
  }

  // The answer as text, "in DURATION[ or update]", "update", "never" or the error.
  std::string Evaluate(FigureWatch& watch) {
    const auto step = filled_.core().Evaluate(watch, clock_.Now());
    if (!step.ok()) return absl::StrCat("error ", ReasonOf(step.status()));
    EXPECT_EQ(step->seen, filled_.replica().tail().position);
    if (step->answer.has_value()) {
      token_ = step->answer->resume_token();
      return AnswerText(*step->answer);
    }
    if (step->next_time == absl::InfiniteFuture())
      return step->on_new_position ? "update" : "never";
    return absl::StrCat("in ", absl::FormatDuration(step->next_time - clock_.Now()),
                        step->on_new_position ? " or update" : "");
  }

  // Evaluates after interval_min.
  std::string EvaluateLater(FigureWatch& watch) {
    clock_.Advance(kOptions.interval_min);
    return Evaluate(watch);
  }

  FigureWatch Resume(const std::string& token) const {
    v1::WatchAggregateRequest request = BySite();
    request.set_resume_token(token);
    return Watch(request);
  }

  static constexpr WatchOptions kOptions = {.interval_min = absl::Seconds(1),
                                            .progress_interval = absl::Seconds(10)};
  FakeClock clock_{absl::FromUnixSeconds(1'695'800'000)};
  FilledReplica filled_;
  std::string token_;  // the last one received
};

TEST_F(FigureWatchTest, FirstAnswerHasAllGroups) {
  filled_.Apply({AnEvent("", AContent(5)), AnEvent("", AContent(7, 3, "Gao"))});
  FigureWatch watch = Watch();
  EXPECT_EQ(Evaluate(watch), "@2 Gao=7(1) Mopti=5(1) total=12(2)");
  EXPECT_EQ(Evaluate(watch), "update") << "nothing new at this position";
  EXPECT_EQ(EvaluateLater(watch), "update");
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Evaluate(watch), "update") << "no progress answer for the same position";
}

TEST_F(FigureWatchTest, AnswersForAnEmptyLedger) {
  FigureWatch watch = Watch();
  EXPECT_EQ(Evaluate(watch), "@0 total=0(0)");
  filled_.Apply(AContent(5));
  EXPECT_EQ(EvaluateLater(watch), "@1 Mopti=5(1) total=5(1)");
}

TEST_F(FigureWatchTest, LaterAnswersHaveChangedGroups) {
  filled_.Apply({AnEvent("", AContent(5)), AnEvent("", AContent(7, kFemaleUnknown, "Gao"))});
  FigureWatch watch = Watch();
  Evaluate(watch);
  filled_.Apply(AContent(1, kFemaleUnknown, "Gao"));
  EXPECT_EQ(EvaluateLater(watch), "@3 Gao=8(2) total=13(3)");
  filled_.Apply({AVoiding("", 1)});
  EXPECT_EQ(EvaluateLater(watch), "@4 Mopti=0(0) total=8(2)") << "nobody is left there";
  filled_.Apply({AnAmendment("", 2, AContent(7, kFemaleUnknown, "Ber"))});
  EXPECT_EQ(EvaluateLater(watch), "@5 Ber=7(1) Gao=1(1) total=8(2)");
}

TEST_F(FigureWatchTest, BlockIsCountedAsAWhole) {
  FigureWatch watch = Watch();
  Evaluate(watch);
  filled_.Apply({AnEvent("", AContent(5)), AnEvent("", AContent(7)), AVoiding("", 1)});
  EXPECT_EQ(EvaluateLater(watch), "@3 Mopti=7(1) total=7(1)");
}

TEST_F(FigureWatchTest, CoalescesChangesAndNeverLosesTheLast) {
  FigureWatch watch = Watch();
  Evaluate(watch);
  for (int i = 1; i <= 3; ++i) {
    filled_.Apply(AContent(i));
    EXPECT_EQ(Evaluate(watch), "in 1s") << "waits for the time, not for updates";
  }
  EXPECT_EQ(EvaluateLater(watch), "@3 Mopti=6(3) total=6(3)");
  clock_.Advance(absl::Seconds(5));
  filled_.Apply(AContent(1));
  EXPECT_EQ(Evaluate(watch), "@4 Mopti=7(4) total=7(4)") << "immediately after an idle interval";
}

TEST_F(FigureWatchTest, ReportsProgressWithoutChanges) {
  v1::WatchAggregateRequest request = BySite();
  request.mutable_filter()->add_sites("Mopti");
  filled_.Apply(AContent(5));
  FigureWatch watch = Watch(request);
  Evaluate(watch);
  clock_.Advance(absl::Seconds(4));
  filled_.Apply(AContent(7, kFemaleUnknown, "Gao"));
  EXPECT_EQ(Evaluate(watch), "in 6s or update");
  clock_.Advance(absl::Seconds(6));
  EXPECT_EQ(Evaluate(watch), "@2 total=5(1)");
  EXPECT_EQ(Evaluate(watch), "update");
  filled_.Apply(AContent(7, kFemaleUnknown, "Gao"));
  EXPECT_EQ(EvaluateLater(watch), "in 9s or update");
  filled_.Apply(AContent(1));
  EXPECT_EQ(EvaluateLater(watch), "@4 Mopti=6(2) total=6(2)");
}

TEST_F(FigureWatchTest, RevertedChangeIsNoChange) {
  FigureWatch watch = Watch();
  filled_.Apply(AContent(5));
  Evaluate(watch);
  filled_.Apply(AContent(7));
  filled_.Apply({AVoiding("", 2)});
  EXPECT_EQ(EvaluateLater(watch), "in 9s or update");
  v1::Record mark = AMark("MOVCON", "", "2023-09-20");
  filled_.Apply(mark);
  EXPECT_EQ(EvaluateLater(watch), "in 8s or update") << "records do not count";
}

TEST_F(FigureWatchTest, StartsAtKnownAt) {
  for (int i = 0; i < 4; ++i) filled_.Apply(AContent(1));
  v1::WatchAggregateRequest request = BySite();
  request.mutable_read()->set_known_at_position(2);
  FigureWatch watch = Watch(request);
  EXPECT_EQ(Evaluate(watch), "@2 Mopti=2(2) total=2(2)");
  EXPECT_EQ(EvaluateLater(watch), "@4 Mopti=4(4) total=4(4)");
  request.mutable_read()->set_known_at_position(5);
  FigureWatch beyond = Watch(request);
  EXPECT_EQ(Evaluate(beyond), "error POSITION_NOT_APPLIED");
}

TEST_F(FigureWatchTest, ResumesAfterEveryAnswerWithoutGapOrDuplicate) {
  FigureWatch watch = Watch();
  std::vector<std::string> tokens;
  const char* const sites[] = {"Ber", "Gao", "Mopti"};
  std::vector<std::map<std::string, std::string>> states;
  std::map<std::string, std::string> state;
  for (int round = 0; round < 12; ++round) {
    const auto step = filled_.core().Evaluate(watch, clock_.Now()).value();
    ASSERT_TRUE(step.answer.has_value()) << round;
    for (const auto& row : step.answer->rows()) {
      state[row.group().site()] = row.figure().ShortDebugString();
    }
    tokens.push_back(step.answer->resume_token());
    states.push_back(state);
    clock_.Advance(kOptions.interval_min);
    filled_.Apply(AContent(round + 1, kFemaleUnknown, sites[round % 3]));
    if (round % 4 == 3) filled_.Apply({AVoiding("", filled_.replica().tail().position)});
    if (round % 4 == 3) filled_.Apply(AContent(round + 1, kFemaleUnknown, "Ber"));
  }
  EXPECT_EQ(Evaluate(watch).substr(0, 3), absl::StrCat("@", filled_.replica().tail().position));
  const std::string now = [&] {
    FigureWatch fresh = Watch();
    return Evaluate(fresh);
  }();
  v1::GetAggregateRequest once;
  once.add_group_by(v1::DIMENSION_SITE);
  const auto figures = filled_.core().GetAggregate(once).value().Decode();
  for (size_t i = 0; i < tokens.size(); ++i) {
    FigureWatch resumed = Resume(tokens[i]);
    const auto step = filled_.core().Evaluate(resumed, clock_.Now()).value();
    ASSERT_TRUE(step.answer.has_value()) << i;
    for (const auto& row : step.answer->rows()) {
      const std::string figure = row.figure().ShortDebugString();
      EXPECT_NE(states[i][row.group().site()], figure) << "a duplicate after answer " << i;
      states[i][row.group().site()] = figure;
    }
    for (const auto& row : figures.rows()) {
      EXPECT_EQ(states[i][row.group().site()], row.figure().ShortDebugString()) << i;
    }
  }
}

TEST_F(FigureWatchTest, ResumedWatchDoesNotRepeatItsPosition) {
  filled_.Apply(AContent(5));
  FigureWatch watch = Watch();
  Evaluate(watch);
  FigureWatch resumed = Resume(token_);
  EXPECT_EQ(resumed.await_position(), 1);
  EXPECT_EQ(Evaluate(resumed), "update");
  filled_.Apply(AContent(7, kFemaleUnknown, "Gao"));
  EXPECT_EQ(Evaluate(resumed), "@2 Gao=7(1) total=12(2)");
}

TEST_F(FigureWatchTest, RefusesInvalidTokens) {
  FigureWatch watch = Watch();
  Evaluate(watch);
  const auto refusal = [&](auto change) {
    v1::WatchAggregateRequest request = BySite();
    request.set_resume_token(token_);
    change(request);
    return FigureWatch::Make(request, kOptions).status();
  };
  EXPECT_THAT(refusal([](auto& request) { request.mutable_read()->set_min_position(7); }), IsOk());
  for (const char* token : {"a", "====", "AAAA", "not a token"}) {
    const auto bad = refusal([&](auto& request) { request.set_resume_token(token); });
    EXPECT_THAT(bad, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("resume_token: ")))
        << token;
    EXPECT_EQ(ReasonOf(bad), "BAD_RESUME_TOKEN");
  }
  EXPECT_EQ(ReasonOf(refusal([](auto& request) { request.clear_group_by(); })), "OTHER_REQUEST");
  EXPECT_EQ(ReasonOf(refusal([](auto& request) { request.mutable_filter()->add_sites("Gao"); })),
            "OTHER_REQUEST");
  EXPECT_EQ(ReasonOf(refusal([](auto& request) {
              request.set_resume_token(MakePageToken(RequestFingerprint(BySite()), 1, 1));
            })),
            "BAD_RESUME_TOKEN")
      << "a page token is of another kind";
  EXPECT_THAT(refusal([](auto& request) { request.mutable_read()->set_known_at_position(1); }),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("read.known_at: must not be set with a resume_token")));
}

// As after a ledger was restored from a backup and the replica rebuilt.
TEST_F(FigureWatchTest, RefusesATokenOfAnotherHistory) {
  filled_.Apply(AContent(5));
  filled_.Apply(AContent(7));
  FigureWatch watch = Watch();
  EXPECT_EQ(Evaluate(watch), "@2 Mopti=12(2) total=12(2)");
  FilledReplica rebuilt;
  rebuilt.Apply(AContent(5));
  rebuilt.Apply(AContent(8));
  rebuilt.Apply(AContent(1));
  FigureWatch resumed = Resume(token_);
  const auto step = rebuilt.core().Evaluate(resumed, clock_.Now());
  EXPECT_THAT(step, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("position 2")));
  EXPECT_EQ(ReasonOf(step.status()), "HISTORY_CHANGED");
}

TEST_F(FigureWatchTest, RefusesTooManyGroups) {
  std::vector<std::string> sites;
  for (int i = 0; i < FigureWatch::kGroupsMax; ++i) sites.push_back(absl::StrCat("site ", i));
  std::vector<LedgerEntry> entries;
  for (const std::string& site : sites) {
    entries.push_back(AnEvent("", AContent(1, kFemaleUnknown, site)));
  }
  filled_.Apply(entries);
  FigureWatch watch = Watch();
  EXPECT_THAT(Evaluate(watch), HasSubstr("total=1000(1000)"));
  filled_.Apply(AContent(1));
  EXPECT_EQ(EvaluateLater(watch), "error TOO_MANY_GROUPS");
}

TEST_F(FigureWatchTest, EndsIfTheReplicaDiverges) {
  FigureWatch watch = Watch();
  Evaluate(watch);
  filled_.replica().Diverge(absl::FailedPreconditionError("another history"));
  EXPECT_EQ(EvaluateLater(watch), "error REPLICA_DIVERGED");
}

TEST_F(FigureWatchTest, ClockSetBackDoesNotDelayIt) {
  FigureWatch watch = Watch();
  Evaluate(watch);
  clock_.Advance(-absl::Hours(1));
  filled_.Apply(AContent(1));
  EXPECT_EQ(Evaluate(watch), "in 1s");
  EXPECT_EQ(EvaluateLater(watch), "@1 Mopti=1(1) total=1(1)");
}

}  // namespace
}  // namespace repatriation
