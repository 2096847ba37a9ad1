#include "query_service/core/view/ledger_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "query_service/core/selection/event_lookup.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/query_service/core/testing/views.h"

namespace repatriation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(LedgerViewTest, IsEmptyBeforeFirstBlock) {
  FilledView filled;
  EXPECT_EQ(filled.At(0), "");
  const LedgerView::Reader reader(filled.view());
  EXPECT_EQ(reader.tail(), LedgerTail());
  EXPECT_EQ(reader.PositionAtTime(INT64_MAX), 0);
}

TEST(LedgerViewTest, SumsAsKnownAtEveryPosition) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5)), AnEvent("b", AContent(7))}), IsOk());
  ASSERT_THAT(filled.Apply({AnEvent("c", AContent(1))}), IsOk());
  EXPECT_EQ(filled.At(0), "");
  EXPECT_EQ(filled.At(1), "MINUSMA/Mopti/0/unknown=5(1,1)");
  EXPECT_EQ(filled.At(2), "MINUSMA/Mopti/0/unknown=12(2,2)");
  EXPECT_EQ(filled.At(3), "MINUSMA/Mopti/0/unknown=13(3,3)");
}

TEST(LedgerViewTest, VoidingReversesItsEventExactly) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5, 2)), AnEvent("b", AContent(7))}), IsOk());
  ASSERT_THAT(filled.Apply({AVoiding("v", 1)}), IsOk());
  EXPECT_EQ(filled.At(2),
            "MINUSMA/Mopti/0/female=2(1,1) MINUSMA/Mopti/0/male=3(1,0) "
            "MINUSMA/Mopti/0/unknown=7(1,1)");
  EXPECT_EQ(filled.At(3), "MINUSMA/Mopti/0/unknown=7(1,1)");
}

TEST(LedgerViewTest, AmendmentMovesItsEventToAnotherCell) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5))}), IsOk());
  ASSERT_THAT(filled.Apply({AnAmendment("c", 1, AContent(6, kFemaleUnknown, "Ber"))}), IsOk());
  EXPECT_EQ(filled.At(1), "MINUSMA/Mopti/0/unknown=5(1,1)");
  EXPECT_EQ(filled.At(2), "MINUSMA/Ber/0/unknown=6(1,1)");
}

TEST(LedgerViewTest, AmendmentWithinOneCellCountsOnce) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5))}), IsOk());
  ASSERT_THAT(filled.Apply({AnAmendment("c", 1, AContent(9))}), IsOk());
  EXPECT_EQ(filled.At(2), "MINUSMA/Mopti/0/unknown=9(1,1)");
  const auto all = [](const CellKey&) { return true; };
  EXPECT_THAT(FindEvents(filled.view(), 1, all, 0, 9),
              ElementsAre(EventPositions{1, 1, v1::EVENT_STATUS_ACTUAL}));
  EXPECT_THAT(FindEvents(filled.view(), 2, all, 0, 9),
              ElementsAre(EventPositions{1, 2, v1::EVENT_STATUS_ACTUAL}));
}

TEST(LedgerViewTest, SecondAmendmentReversesFirst) {
  FilledView filled;
  // In one block, and then across blocks.
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5)), AnAmendment("c", 1, AContent(9)),
                            AnAmendment("d", 1, AContent(3))}),
              IsOk());
  EXPECT_EQ(filled.At(3), "MINUSMA/Mopti/0/unknown=3(1,1)");
  ASSERT_THAT(filled.Apply({AnAmendment("e", 1, AContent(8))}), IsOk());
  EXPECT_EQ(filled.At(4), "MINUSMA/Mopti/0/unknown=8(1,1)");
  ASSERT_THAT(filled.Apply({AVoiding("v", 1)}), IsOk());
  EXPECT_EQ(filled.At(5), "");
  EXPECT_EQ(filled.At(2), "MINUSMA/Mopti/0/unknown=9(1,1)") << "the past does not change";
}

TEST(LedgerViewTest, EachSexPresentHasItsOwnCell) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5, 0))}), IsOk());
  EXPECT_EQ(filled.At(1), "MINUSMA/Mopti/0/male=5(1,1)");
  ASSERT_THAT(filled.Apply({AnAmendment("c", 1, AContent(5, 5))}), IsOk());
  EXPECT_EQ(filled.At(2), "MINUSMA/Mopti/0/female=5(1,1)");
  ASSERT_THAT(filled.Apply({AnAmendment("d", 1, AContent(5, 1))}), IsOk());
  EXPECT_EQ(filled.At(3), "MINUSMA/Mopti/0/female=1(1,1) MINUSMA/Mopti/0/male=4(1,0)");
  ASSERT_THAT(filled.Apply({AnAmendment("e", 1, AContent(5))}), IsOk());
  EXPECT_EQ(filled.At(4), "MINUSMA/Mopti/0/unknown=5(1,1)");
}

TEST(LedgerViewTest, FindsEventOfBothSexesOnce) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5, 2)), AnEvent("b", AContent(4, 4))}), IsOk());
  EXPECT_THAT(FindEvents(
                  filled.view(), 2, [](const CellKey&) { return true; }, 0, 9),
              ElementsAre(EventPositions{1, 1, v1::EVENT_STATUS_ACTUAL},
                          EventPositions{2, 2, v1::EVENT_STATUS_ACTUAL}));
  EXPECT_THAT(
      FindEvents(
          filled.view(), 2, [](const CellKey& key) { return key.sex == v1::SEX_MALE; }, 0, 9),
      ElementsAre(EventPositions{1, 1, v1::EVENT_STATUS_ACTUAL}));
}

TEST(LedgerViewTest, FindsTheFirstEventsAfterAPosition) {
  FilledView filled;
  // The contents are in another order than their events: 1 at 5, 2 at 6, 3, 4.
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5)), AnEvent("b", AContent(5)),
                            AnEvent("c", AContent(5, 2, "Ber")), AnEvent("d", AContent(5, 1)),
                            AnAmendment("e", 1, AContent(6, 3)),
                            AnAmendment("f", 2, AContent(6, kFemaleUnknown, "Ber"))}),
              IsOk());
  const auto find = [&](Position after, size_t limit) {
    return FindEvents(
        filled.view(), 6, [](const CellKey&) { return true; }, after, limit);
  };
  constexpr v1::EventStatus kActual = v1::EVENT_STATUS_ACTUAL;
  const EventPositions a{1, 5, kActual}, b{2, 6, kActual}, c{3, 3, kActual}, d{4, 4, kActual};
  EXPECT_THAT(find(0, 9), ElementsAre(a, b, c, d));
  EXPECT_THAT(find(0, 1), ElementsAre(a));
  EXPECT_THAT(find(0, 2), ElementsAre(a, b));
  EXPECT_THAT(find(1, 2), ElementsAre(b, c));
  EXPECT_THAT(find(2, 1), ElementsAre(c));
  EXPECT_THAT(find(3, 9), ElementsAre(d));
  EXPECT_THAT(find(4, 9), IsEmpty());
}

// With more entries than are scanned under one lock.
TEST(LedgerViewTest, FindsRareEventsFarApart) {
  LedgerView view;
  LedgerTail tail;
  const std::vector<Position> rare = {7, 1'048'576, 1'048'577, 1'199'999};
  for (int block = 0; block < 12; ++block) {
    std::vector<LedgerEntry> entries(100'000, AnEvent("a", AContent(1)));
    for (LedgerEntry& entry : entries) {
      entry.position = ++tail.position;
      if (std::find(rare.begin(), rare.end(), entry.position) != rare.end()) {
        entry.event.site = "Ber";
      }
    }
    const auto delta =
        ViewPlanner(view, entries, tail, [](Position) {
          return absl::StatusOr<EventContent>(absl::InternalError("nothing is corrected"));
        }).Plan();
    ASSERT_THAT(delta, IsOk());
    ASSERT_THAT(view.Apply(*delta), IsOk());
  }
  const TextId ber = LedgerView::Reader(view).FindText("Ber").value();
  const auto find = [&](Position known_at, Position after, size_t limit) {
    std::vector<Position> found;
    for (const EventPositions& event : FindEvents(
             view, known_at, [=](const CellKey& key) { return key.site == ber; }, after, limit)) {
      EXPECT_EQ(event.content, event.event);
      found.push_back(event.event);
    }
    return found;
  };
  EXPECT_EQ(find(tail.position, 0, 9), rare);
  EXPECT_THAT(find(tail.position, 0, 2), ElementsAre(7, 1'048'576));
  EXPECT_THAT(find(1'199'998, 7, 9), ElementsAre(1'048'576, 1'048'577));
  EXPECT_THAT(find(tail.position, 1'199'999, 9), IsEmpty());
}

TEST(LedgerViewTest, ReturnsTheHistoryOfAnEvent) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5)), AnEvent("b", AContent(1)),
                            AnAmendment("c", 1, AContent(6))}),
              IsOk());
  ASSERT_THAT(filled.Apply({AVoiding("v", 1)}), IsOk());
  const LedgerView::Reader reader(filled.view());
  EXPECT_EQ(reader.EventOf(3), 1);
  EXPECT_EQ(reader.EventOf(4), 1);
  EXPECT_EQ(reader.EventOf(2), 2);
  EXPECT_THAT(reader.CorrectionsOf(1, 2), IsEmpty());
  EXPECT_THAT(reader.CorrectionsOf(1, 4), ElementsAre(Correction{3, 1, 3}, Correction{4, 1, 0}));
  EXPECT_THAT(reader.CorrectionsOf(2, 4), IsEmpty());
  EXPECT_EQ(reader.LastCorrectionOf(1, 2).content, 1);
  EXPECT_EQ(reader.LastCorrectionOf(1, 3).content, 3);
  EXPECT_TRUE(reader.LastCorrectionOf(1, 4).voids());
}

TEST(LedgerViewTest, LoadGivesTheSameViewAsApply) {
  FilledView filled;
  std::vector<ViewDelta> deltas;
  const auto apply = [&](std::vector<LedgerEntry> entries) {
    ASSERT_THAT(filled.Apply(std::move(entries)), IsOk());
    deltas.push_back(filled.last_delta());
  };
  apply({AnEvent("a", AContent(5)), AnEvent("b", AContent(7, 2))});
  apply({AnAmendment("c", 1, AContent(6, kFemaleUnknown, "Ber")), AnEvent("d", AContent(1))});
  apply({AVoiding("v", 2)});
  apply({AnEvent("e", AContent(3, 3, "Gao"))});
  for (size_t first = 0; first <= deltas.size(); ++first) {
    LedgerView view;
    ASSERT_THAT(view.Load(absl::MakeSpan(deltas).first(first)), IsOk());
    ASSERT_THAT(view.Load(absl::MakeSpan(deltas).subspan(first)), IsOk());
    EXPECT_EQ(History(view), History(filled.view()));
  }
  LedgerView view;
  EXPECT_THAT(view.Load(absl::MakeSpan(deltas).subspan(1)), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(LedgerViewTest, FindsPositionsByTime) {
  FilledView filled;  // blocks at 1 s (1, 2) and at 2 s (3)
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5)), AnEvent("b", AContent(1))}), IsOk());
  ASSERT_THAT(filled.Apply({AnEvent("c", AContent(1))}), IsOk());
  const LedgerView::Reader reader(filled.view());
  EXPECT_EQ(reader.PositionAtTime(INT64_MIN), 0);
  EXPECT_EQ(reader.PositionAtTime(999'999), 0);
  EXPECT_EQ(reader.PositionAtTime(1'000'000), 2);
  EXPECT_EQ(reader.PositionAtTime(1'999'999), 2);
  EXPECT_EQ(reader.PositionAtTime(2'000'000), 3);
  EXPECT_EQ(reader.PositionAtTime(INT64_MAX), 3);
  EXPECT_EQ(reader.TimeOfPosition(1), 1'000'000);
  EXPECT_EQ(reader.TimeOfPosition(2), 1'000'000);
  EXPECT_EQ(reader.TimeOfPosition(3), 2'000'000);
}

TEST(LedgerViewTest, FindsTextsByTheirBytes) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5, kFemaleUnknown, "Ménaka"))}), IsOk());
  const LedgerView::Reader reader(filled.view());
  ASSERT_TRUE(reader.FindText("Ménaka").has_value());
  EXPECT_EQ(reader.Text(*reader.FindText("Ménaka")), "Ménaka");
  EXPECT_EQ(reader.FindText(""), 0u) << "the empty text always exists";
  EXPECT_FALSE(reader.FindText("Menaka").has_value());
  EXPECT_FALSE(reader.FindText("ménaka").has_value());
}

TEST(LedgerViewTest, PlanRefusesInvalidCorrectionAndChangesNothing) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5)), AnAmendment("c", 1, AContent(6)),
                            AnEvent("b", AContent(2)), AVoiding("v", 3)}),
              IsOk());
  const std::string before = History(filled.view());
  EXPECT_THAT(
      filled.Apply({AVoiding("w", 3)}),
      StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 5 corrects the event at 3")));
  EXPECT_THAT(filled.Apply({AVoiding("w", 2)}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("not an event")));
  EXPECT_THAT(filled.Apply({AVoiding("w", 1), AnAmendment("x", 1, AContent(1))}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("voided at 5")));
  EXPECT_THAT(filled.Apply({AnEvent("d", AContent(1)), AVoiding("w", 1), AVoiding("x", 6)}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("not an event")));
  EXPECT_EQ(History(filled.view()), before);
  EXPECT_THAT(filled.Apply({AVoiding("w", 1)}), IsOk());
  EXPECT_EQ(filled.At(5), "");
}

TEST(LedgerViewTest, ApplyRefusesInvalidDeltaAndChangesNothing) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5))}), IsOk());
  const std::string before = History(filled.view());
  const auto refused = [&](auto damage) {
    ViewDelta delta;
    delta.tail.position = 2;
    CellKey key = filled.last_delta().cells[0];
    key.day = 1;
    delta.cells.push_back(key);
    delta.postings.emplace_back(1, 1, true, true);
    damage(delta);
    return filled.view().Apply(delta);
  };
  EXPECT_THAT(refused([](ViewDelta& d) { d.cells[0].site = 99; }),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 2")));
  EXPECT_THAT(refused([](ViewDelta& d) { d.postings[0] = Posting(2, 1, true, true); }),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("an unknown cell")));
  EXPECT_THAT(refused([](ViewDelta& d) { d.postings[0] = Posting(); }),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("headcount")));
  EXPECT_THAT(refused([](ViewDelta& d) { d.postings.emplace_back(1, 1, true, true); }),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("do not match the entries")));
  EXPECT_THAT(refused([](ViewDelta& d) { d.postings.emplace_back(1, 1, true, false); }),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("do not match the entries")));
  EXPECT_THAT(refused([](ViewDelta& d) { d.postings.clear(); }),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("do not match the entries")));
  EXPECT_THAT(refused([&](ViewDelta& d) { d.cells[0] = filled.last_delta().cells[0]; }),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("exists already")));
  EXPECT_THAT(refused([](ViewDelta& d) { d.cells.push_back(d.cells[0]); }),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("exists already")));
  EXPECT_EQ(History(filled.view()), before);
  EXPECT_THAT(refused([](ViewDelta&) {}), IsOk());
}

TEST(LedgerViewTest, ThePastNeverChangesForConcurrentReaders) {
  FilledView filled;
  ASSERT_THAT(filled.Apply({AnEvent("a", AContent(5)), AnEvent("b", AContent(1, 1))}), IsOk());
  const std::string expected = filled.At(2);
  std::atomic<bool> done{false};
  std::thread reading([&] {
    do {
      EXPECT_EQ(Figures(filled.view(), 2), expected);
    } while (!done);
  });
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(filled.Apply({AnAmendment("c", 1, AContent(2 + i)), AnEvent("d", AContent(1, 0))}),
                IsOk());
  }
  done = true;
  reading.join();
}

// With a shared lock alone, overlapping readers would starve the follower, and this test
// would time out.
TEST(LedgerViewTest, ReadersDoNotStarveApply) {
  FilledView filled;
  std::vector<LedgerEntry> entries;
  for (int i = 0; i < 20'000; ++i) {
    entries.push_back(AnEvent("filling", AContent(1)));
    entries.back().event.day = i;
  }
  ASSERT_THAT(filled.Apply(entries), IsOk());
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const LedgerView::Reader reader(filled.view());
        int64_t headcount = 0;
        reader.ForEachCell(
            kByAll, reader.tail().position, [](const CellKey&) { return true; },
            [&](const CellKey&, const CellTotal& total) { headcount += total.headcount; });
        EXPECT_EQ(headcount, reader.tail().position);
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(filled.Apply({AnEvent("more", AContent(1))}), IsOk());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace repatriation
