// Quarantine from the planner through to the figures: see view/quarantine_rule.h.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "query_service/core/query_core.h"
#include "tests/query_service/core/testing/ledger_copy.h"

namespace repatriation {
namespace {

class QuarantineTest : public ::testing::Test {
 protected:
  // Ids of the events of a status, as known at a position; 0: now.
  std::string IdsOf(v1::EventStatus status, Position known_at = 0) {
    v1::ListEventsRequest request;
    request.mutable_filter()->add_statuses(status);
    if (known_at > 0) request.mutable_read()->set_known_at_position(known_at);
    const auto response = ledger_.core().ListEvents(request);
    EXPECT_THAT(response, IsOk());
    std::string ids;
    for (const v1::EventRecord& record : response->events()) {
      EXPECT_EQ(record.status(), status);
      ids += record.event().event_id();
    }
    return ids;
  }
  std::string Quarantined(Position known_at = 0) {
    return IdsOf(v1::EVENT_STATUS_QUARANTINED, known_at);
  }
  // The total of the default filter.
  int64_t Repatriated() {
    const auto response = ledger_.core().GetAggregate({});
    EXPECT_THAT(response, IsOk());
    return response->Decode().total().headcount();
  }
  void ApplyStrength(int32_t headcount) {
    ledger_.Apply({ledger_.Strength("un-monthly", "2023-06-30", headcount, "SEN")});
  }
  static LedgerEntry Leave(absl::string_view id, int32_t headcount) {
    return AnEvent(id, Departure("2023-07-05", headcount, "SEN", "Mopti"));
  }

  LedgerCopy ledger_;
};

TEST_F(QuarantineTest, EventsThatExceedAreNotCounted) {
  ApplyStrength(100);
  ledger_.ApplyApart({Leave("a", 80), Leave("b", 30), Leave("c", 20)});
  EXPECT_EQ(Quarantined(), "b");
  EXPECT_EQ(IdsOf(v1::EVENT_STATUS_ACTUAL), "ac");
  EXPECT_EQ(Repatriated(), 100);
}

TEST_F(QuarantineTest, AppliesWithinOneBlock) {
  ApplyStrength(100);
  ledger_.Apply({Leave("a", 80), Leave("b", 30), AVoiding("v", 2), Leave("c", 90)});
  EXPECT_EQ(Quarantined(), "b");
  EXPECT_EQ(Repatriated(), 90);
}

TEST_F(QuarantineTest, StrengthAppliesFromTheNextBlock) {
  ledger_.Apply({ledger_.Strength("un-monthly", "2023-06-30", 10, "SEN"), Leave("a", 80)});
  EXPECT_EQ(Quarantined(), "");
  ledger_.Apply({Leave("b", 1)});
  EXPECT_EQ(Quarantined(), "b") << "the event in the strength's block counts now";
}

TEST_F(QuarantineTest, EarlierEventsCountAndAreNotQuarantined) {
  ledger_.Apply({Leave("a", 80)});
  ApplyStrength(50);
  EXPECT_EQ(Quarantined(), "");
  ledger_.Apply({Leave("b", 1)});
  EXPECT_EQ(Quarantined(), "b");
}

TEST_F(QuarantineTest, AmendmentsAreChecked) {
  ApplyStrength(100);
  ledger_.ApplyApart({Leave("a", 80), Leave("b", 30)});
  ledger_.Apply({AnAmendment("fits", 3, Departure("2023-07-05", 20, "SEN"))});
  EXPECT_EQ(Quarantined(), "");
  EXPECT_EQ(Repatriated(), 100);
  ledger_.Apply({AnAmendment("more", 2, Departure("2023-07-05", 81, "SEN"))});
  EXPECT_EQ(Quarantined(), "a");
  EXPECT_EQ(Repatriated(), 20);
  ledger_.Apply({AnAmendment("as many as there are", 2, Departure("2023-07-05", 80, "SEN"))});
  EXPECT_EQ(Quarantined(), "");
  EXPECT_EQ(Quarantined(3), "b");
  EXPECT_EQ(Quarantined(4), "");
  EXPECT_EQ(Quarantined(5), "a");
}

// Even if more people are counted than there were, because the events were recorded
// before the table or released.
TEST_F(QuarantineTest, AmendmentThatMovesNoMorePeopleIsNotQuarantined) {
  ledger_.ApplyApart({Leave("a", 80), Leave("b", 40)});
  ApplyStrength(100);
  ASSERT_EQ(Repatriated(), 120);
  ledger_.Apply({AnAmendment("one fewer", 2, Departure("2023-07-05", 39, "SEN", "Mopti"))});
  EXPECT_EQ(Quarantined(), "");
  EXPECT_EQ(Repatriated(), 119);
  ledger_.Apply({AnAmendment("another day", 2, Departure("2023-07-06", 39, "SEN", "Mopti"))});
  EXPECT_EQ(Quarantined(), "b") << "moved";
  ledger_.Apply({LedgerCopy::Release("r", 2)});
  EXPECT_EQ(Repatriated(), 119);
  ledger_.Apply({AnAmendment("again fewer", 2, Departure("2023-07-06", 38, "SEN", "Mopti"))});
  EXPECT_EQ(Quarantined(), "") << "a released event stays released";
  EXPECT_EQ(Repatriated(), 118);
}

TEST_F(QuarantineTest, AmendmentsInTheSameBlockAreChecked) {
  ApplyStrength(100);
  ledger_.Apply({Leave("a", 101), AnAmendment("m", 2, Departure("2023-07-05", 100, "SEN")),
                 Leave("b", 1), AnAmendment("n", 4, Departure("2023-07-05", 2, "SEN")),
                 AVoiding("v", 2), LedgerCopy::Release("r", 4)});
  EXPECT_EQ(Quarantined(), "");
  EXPECT_EQ(Repatriated(), 2);
  EXPECT_EQ(Quarantined(2), "a");
  EXPECT_EQ(Quarantined(4), "b");
}

TEST_F(QuarantineTest, VoidedEventsNoLongerCount) {
  ApplyStrength(100);
  ledger_.ApplyApart(
      {Leave("a", 80), Leave("b", 30), AVoiding("v", 2), Leave("c", 100), AVoiding("w", 3)});
  EXPECT_EQ(Quarantined(), "") << "a voided event is not in quarantine";
  EXPECT_EQ(Quarantined(5), "b");
  EXPECT_EQ(Repatriated(), 100);
}

TEST_F(QuarantineTest, ReleasedEventsCount) {
  ApplyStrength(100);
  ledger_.ApplyApart({Leave("a", 80), Leave("b", 30), LedgerCopy::Release("r", 3)});
  EXPECT_EQ(Quarantined(), "");
  EXPECT_EQ(Quarantined(3), "b");
  EXPECT_EQ(Repatriated(), 110);
  ledger_.Apply({Leave("c", 1)});
  EXPECT_EQ(Quarantined(), "c");
}

TEST_F(QuarantineTest, ReleaseOfOtherEventsHasNoEffect) {
  ApplyStrength(100);
  ledger_.ApplyApart({Leave("a", 80), AnEvent("p", Planned(Departure("2023-07-06", 5, "SEN"))),
                      LedgerCopy::Release("r", 2), LedgerCopy::Release("s", 3)});
  EXPECT_EQ(IdsOf(v1::EVENT_STATUS_ACTUAL), "a");
  EXPECT_EQ(IdsOf(v1::EVENT_STATUS_PLANNED), "p");
  EXPECT_EQ(Repatriated(), 80);
}

TEST_F(QuarantineTest, PlannedEventsAreNeitherCountedNorChecked) {
  ApplyStrength(100);
  ledger_.ApplyApart({AnEvent("p", Planned(Departure("2023-07-06", 500, "SEN"))), Leave("a", 100)});
  EXPECT_EQ(Quarantined(), "");
  EXPECT_EQ(Repatriated(), 100);
  ledger_.Apply({AnAmendment("came true", 2, Departure("2023-07-06", 500, "SEN"))});
  EXPECT_EQ(Quarantined(), "p");
}

TEST_F(QuarantineTest, SurvivesARestart) {
  ApplyStrength(100);
  ledger_.ApplyApart({Leave("a", 80), Leave("b", 30)});
  ledger_.Reopen();
  EXPECT_EQ(Quarantined(), "b");
  EXPECT_EQ(Quarantined(2), "");
  ledger_.ApplyApart({Leave("c", 21), Leave("d", 20)});
  EXPECT_EQ(Quarantined(), "bc");
  ledger_.Apply({LedgerCopy::Release("r", 3)});
  ledger_.Reopen();
  EXPECT_EQ(Quarantined(), "c");
  EXPECT_EQ(Repatriated(), 130);
}

TEST_F(QuarantineTest, HistoryBeforeTheStrengthSurvivesARestart) {
  ledger_.Apply({AnEvent("a", Departure("2023-07-01", 70, "SEN", "Mopti"))});
  ApplyStrength(100);
  ledger_.Reopen();
  ledger_.ApplyApart({Leave("b", 31), Leave("c", 30)});
  EXPECT_EQ(Quarantined(), "b");
}

TEST_F(QuarantineTest, SitesHaveTheirOwnStrength) {
  ledger_.Apply({ledger_.Strength("un-monthly", "2023-06-30", 100, "SEN"),
                 ledger_.Strength("un-monthly", "2023-06-30", 20, "SEN", "Mopti")});
  ledger_.ApplyApart({Leave("a", 21), AnEvent("b", Departure("2023-07-05", 21, "SEN", "Gao")),
                      AnEvent("c", Relocation("2023-07-04", 5, "SEN", "Gao", "Mopti")),
                      Leave("d", 25),
                      AnEvent("e", Relocation("2023-07-06", 1, "SEN", "Mopti", "Gao"))});
  EXPECT_EQ(Quarantined(), "ae");
}

TEST_F(QuarantineTest, OtherGroupsAreNotChecked) {
  ApplyStrength(10);
  ledger_.ApplyApart(
      {AnEvent("a", Departure("2023-07-05", 11, "BFA")),
       AnEvent("b", Of(v1::CATEGORY_FORMED_POLICE_UNIT, Departure("2023-07-05", 11, "SEN"))),
       AnEvent("c", Departure("2023-07-05", 11)), AnEvent("d", Departure("2023-06-30", 11, "SEN")),
       Leave("e", 11)});
  EXPECT_EQ(Quarantined(), "e");
}

// Compares random entries, each checked against what was recorded before its block, with
// a plain recount.
TEST_F(QuarantineTest, AgreesWithAPlainCount) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  const std::vector<std::string> countries = {"SEN", "BFA"};
  std::map<std::string, int64_t> strength;  // of 2023-06-30
  std::map<std::string, int64_t> change;
  std::string expected;
  int64_t repatriated = 0;
  std::deque<std::string> ids;
  for (int block = 0; block < 40; ++block) {
    std::vector<LedgerEntry> entries;
    const std::map<std::string, int64_t> known = strength;
    const uint64_t count = 1 + random.Below(5);
    for (uint64_t i = 0; i < count; ++i) {
      const std::string& country = countries[random.Below(countries.size())];
      const auto headcount = static_cast<int32_t>(1 + random.Below(60));
      if (random.Chance(8)) {
        strength[country] = headcount * 5;
        entries.push_back(ledger_.Strength("un-monthly", "2023-06-30", headcount * 5, country));
        continue;
      }
      const bool arrives = random.Chance(4);
      ids.push_back(absl::StrCat("<", ids.size(), ">"));
      entries.push_back(AnEvent(ids.back(), arrives ? Arrival("2023-07-01", headcount, country)
                                                    : Departure("2023-07-02", headcount, country)));
      const auto found = known.find(country);
      if (!arrives && found != known.end() && found->second + change[country] < headcount) {
        expected += ids.back();
        continue;
      }
      change[country] += arrives ? headcount : -headcount;
      repatriated += arrives ? 0 : headcount;
    }
    ledger_.Apply(entries);
    if (random.Chance(10)) ledger_.Reopen();
  }
  EXPECT_EQ(Quarantined(), expected);
  EXPECT_EQ(Repatriated(), repatriated);
}

}  // namespace
}  // namespace repatriation
