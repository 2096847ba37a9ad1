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

  // The answer as a word, or "in SECONDS[+news]", "news" or the error.
  std::string Evaluate(FigureWatch& watch) {
    const auto step = filled_.core().Evaluate(watch, clock_.Now());
    if (!step.ok()) return absl::StrCat("error ", ReasonOf(step.status()));
    EXPECT_EQ(step->seen, filled_.replica().tail().position);
    if (step->answer.has_value()) {
      token_ = step->answer->resume_token();
      return AnswerText(*step->answer);
    }
    if (step->next_time == absl::InfiniteFuture()) return step->on_new_position ? "news" : "never";
    return absl::StrCat("in ", absl::FormatDuration(step->next_time - clock_.Now()),
                        step->on_new_position ? " or news" : "");
  }

  // Past the time in which changes are answered together.
  std::string LookLater(FigureWatch& watch) {
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
  std::string token_;  // received last
};

TEST_F(FigureWatchTest, TheFirstAnswerGivesAllGroups) {
  filled_.Apply({AnEvent("", AContent(5)), AnEvent("", AContent(7, 3, "Gao"))});
  FigureWatch watch = Watch();
  EXPECT_EQ(Evaluate(watch), "@2 Gao=7(1) Mopti=5(1) total=12(2)");
  EXPECT_EQ(Evaluate(watch), "news") << "there is nothing to be said of this position again";
  EXPECT_EQ(LookLater(watch), "news");
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Evaluate(watch), "news") << "not even that nothing changed";
}

TEST_F(FigureWatchTest, AnEmptyLedgerIsAnsweredToo) {
  FigureWatch watch = Watch();
  EXPECT_EQ(Evaluate(watch), "@0 total=0(0)");
  filled_.Apply(AContent(5));
  EXPECT_EQ(LookLater(watch), "@1 Mopti=5(1) total=5(1)");
}

TEST_F(FigureWatchTest, LaterAnswersGiveTheGroupsThatChanged) {
  filled_.Apply({AnEvent("", AContent(5)), AnEvent("", AContent(7, kFemaleUnknown, "Gao"))});
  FigureWatch watch = Watch();
  Evaluate(watch);
  filled_.Apply(AContent(1, kFemaleUnknown, "Gao"));
  EXPECT_EQ(LookLater(watch), "@3 Gao=8(2) total=13(3)");
  filled_.Apply({AVoiding("", 1)});
  EXPECT_EQ(LookLater(watch), "@4 Mopti=0(0) total=8(2)") << "nobody is left there";
  filled_.Apply({AnAmendment("", 2, AContent(7, kFemaleUnknown, "Ber"))});
  EXPECT_EQ(LookLater(watch), "@5 Ber=7(1) Gao=1(1) total=8(2)");
}

TEST_F(FigureWatchTest, ABlockIsCountedAsAWhole) {
  FigureWatch watch = Watch();
  Evaluate(watch);
  filled_.Apply({AnEvent("", AContent(5)), AnEvent("", AContent(7)), AVoiding("", 1)});
  EXPECT_EQ(LookLater(watch), "@3 Mopti=7(1) total=7(1)");
}

TEST_F(FigureWatchTest, ChangesInQuickSuccessionComeAsOneAndTheLastAlwaysComes) {
  FigureWatch watch = Watch();
  Evaluate(watch);
  for (int i = 1; i <= 3; ++i) {
    filled_.Apply(AContent(i));
    EXPECT_EQ(Evaluate(watch), "in 1s") << "only time matters, not what comes meanwhile";
  }
  EXPECT_EQ(LookLater(watch), "@3 Mopti=6(3) total=6(3)");
  clock_.Advance(absl::Seconds(5));
  filled_.Apply(AContent(1));
  EXPECT_EQ(Evaluate(watch), "@4 Mopti=7(4) total=7(4)") << "after a while without, at once";
}

TEST_F(FigureWatchTest, WithoutAChangeItSaysFromTimeToTimeHowFarItLooked) {
  v1::WatchAggregateRequest request = BySite();
  request.mutable_filter()->add_sites("Mopti");
  filled_.Apply(AContent(5));
  FigureWatch watch = Watch(request);
  Evaluate(watch);
  clock_.Advance(absl::Seconds(4));
  filled_.Apply(AContent(7, kFemaleUnknown, "Gao"));
  EXPECT_EQ(Evaluate(watch), "in 6s or news");
  clock_.Advance(absl::Seconds(6));
  EXPECT_EQ(Evaluate(watch), "@2 total=5(1)");
  EXPECT_EQ(Evaluate(watch), "news");
  filled_.Apply(AContent(7, kFemaleUnknown, "Gao"));
  EXPECT_EQ(LookLater(watch), "in 9s or news");
  filled_.Apply(AContent(1));
  EXPECT_EQ(LookLater(watch), "@4 Mopti=6(2) total=6(2)");
}

TEST_F(FigureWatchTest, WhatChangesBackIsNoChange) {
  FigureWatch watch = Watch();
  filled_.Apply(AContent(5));
  Evaluate(watch);
  filled_.Apply(AContent(7));
  filled_.Apply({AVoiding("", 2)});
  EXPECT_EQ(LookLater(watch), "in 9s or news");
  v1::Record mark = AMark("MOVCON", "", "2023-09-20");
  filled_.Apply(mark);
  EXPECT_EQ(LookLater(watch), "in 8s or news") << "a record is in no figure";
}

TEST_F(FigureWatchTest, StartsWhereItIsAskedTo) {
  for (int i = 0; i < 4; ++i) filled_.Apply(AContent(1));
  v1::WatchAggregateRequest request = BySite();
  request.mutable_read()->set_known_at_position(2);
  FigureWatch watch = Watch(request);
  EXPECT_EQ(Evaluate(watch), "@2 Mopti=2(2) total=2(2)");
  EXPECT_EQ(LookLater(watch), "@4 Mopti=4(4) total=4(4)");
  request.mutable_read()->set_known_at_position(5);
  FigureWatch beyond = Watch(request);
  EXPECT_EQ(Evaluate(beyond), "error POSITION_NOT_APPLIED");
}

TEST_F(FigureWatchTest, ResumesAfterEveryAnswerWithoutGapOrRepeat) {
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
      EXPECT_NE(states[i][row.group().site()], figure) << "a repeat after answer " << i;
      states[i][row.group().site()] = figure;
    }
    for (const auto& row : figures.rows()) {
      EXPECT_EQ(states[i][row.group().site()], row.figure().ShortDebugString()) << i;
    }
  }
}

TEST_F(FigureWatchTest, AResumedWatchSaysNothingOfItsPositionAgain) {
  filled_.Apply(AContent(5));
  FigureWatch watch = Watch();
  Evaluate(watch);
  FigureWatch resumed = Resume(token_);
  EXPECT_EQ(resumed.await_position(), 1);
  EXPECT_EQ(Evaluate(resumed), "news");
  filled_.Apply(AContent(7, kFemaleUnknown, "Gao"));
  EXPECT_EQ(Evaluate(resumed), "@2 Gao=7(1) total=12(2)");
}

TEST_F(FigureWatchTest, RefusesTokensOfOthers) {
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
    EXPECT_THAT(bad, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("resume_token: "))) << token;
    EXPECT_EQ(ReasonOf(bad), "BAD_RESUME_TOKEN");
  }
  EXPECT_EQ(ReasonOf(refusal([](auto& request) { request.clear_group_by(); })), "OTHER_REQUEST");
  EXPECT_EQ(ReasonOf(refusal([](auto& request) { request.mutable_filter()->add_sites("Gao"); })),
            "OTHER_REQUEST");
  EXPECT_EQ(ReasonOf(refusal([](auto& request) {
              request.set_resume_token(MakePageToken(RequestFingerprint(BySite()), 1, 1));
            })),
            "BAD_RESUME_TOKEN")
      << "a page's token is another kind";
  EXPECT_THAT(
      refusal([](auto& request) { request.mutable_read()->set_known_at_position(1); }),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("read.known_at: must be absent with a resume_token")));
}

// As a copy does that was rebuilt from a ledger that went back to a backup.
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

TEST_F(FigureWatchTest, RefusesMoreGroupsThanItMayHave) {
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
  EXPECT_EQ(LookLater(watch), "error TOO_MANY_GROUPS");
}

TEST_F(FigureWatchTest, EndsWhereTheCopyDiverges) {
  FigureWatch watch = Watch();
  Evaluate(watch);
  filled_.replica().Diverge(absl::FailedPreconditionError("another history"));
  EXPECT_EQ(LookLater(watch), "error REPLICA_DIVERGED");
}

TEST_F(FigureWatchTest, AClockThatIsSetBackDoesNotHoldItUp) {
  FigureWatch watch = Watch();
  Evaluate(watch);
  clock_.Advance(-absl::Hours(1));
  filled_.Apply(AContent(1));
  EXPECT_EQ(Evaluate(watch), "in 1s");
  EXPECT_EQ(LookLater(watch), "@1 Mopti=1(1) total=1(1)");
}

}  // namespace
}  // namespace repatriation
