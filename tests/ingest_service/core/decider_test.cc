#include "ingest_service/core/decider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/ingest_service/core/fake_ledger_log.h"
#include "tests/ingest_service/core/index_store.h"
#include "tests/ingest_service/core/submissions.h"

namespace repatriation {
namespace {

// State of the group before the open one; its decisions count in either.
enum class PreviousGroup { kRecorded, kInFlight };

class DeciderTest : public ::testing::TestWithParam<PreviousGroup> {
 protected:
  // The Summary() of `submissions` decided as the next batch of the group.
  std::string Decide(const std::vector<v1::Submission>& submissions) {
    sent_.push_back(BatchOf(submissions));
    checked_.push_back(Checked(sent_.back()));
    CheckedBatch& batch = checked_.back();
    const absl::Status decided = decider_->Decide(batch);
    return decided.ok() ? Summary(batch.result) : decided.ToString();
  }

  // Closes the group, as the sequencer does, and opens the next.
  void Commit() {
    RecordClosed();
    const std::vector<LedgerEntry> entries = CopyOfNewEntries();
    if (!entries.empty()) {
      block_ = BuildBlock(log_.id(), log_.tail(), log_.tail().recorded_time_us, entries);
    }
    decider_->Close();
    if (GetParam() == PreviousGroup::kRecorded) RecordClosed();
  }

  void RecordClosed() {
    NewEntries closed;
    decider_->TakeClosed(closed);
    if (closed.empty()) return;
    ASSERT_THAT(log_.Append(*Block::Parse(block_)), IsOk());
    ASSERT_THAT(index_->AddVoidings(closed.voidings(), log_.tail().position), IsOk());
    ASSERT_THAT(index_->AddIds(closed.fingerprints()), IsOk());
  }

  std::vector<LedgerEntry> CopyOfNewEntries() const {
    std::vector<LedgerEntry> entries;
    for (const LedgerEntry* entry : decider_->new_entries().entries()) entries.push_back(*entry);
    return entries;
  }

  // Simulates a restart of the service.
  void Reopen() {
    Commit();
    RecordClosed();
    index_ = store_.Open(&log_).value();
    decider_ = std::make_unique<Decider>(&log_, index_.get());
  }

  FakeLedgerLog log_;
  IndexStore store_;
  std::unique_ptr<EntryIndex> index_ = store_.Open(&log_).value();
  std::unique_ptr<Decider> decider_ = std::make_unique<Decider>(&log_, index_.get());
  std::string block_;  // of the last closed group
  std::deque<Submissions> sent_;
  std::deque<CheckedBatch> checked_;
};

TEST_P(DeciderTest, NewEventsGetConsecutivePositions) {
  EXPECT_EQ(Decide({AnEvent("a"), AnEvent("b")}), "1 2");
  EXPECT_EQ(Decide({AnEvent("c")}), "3");
  Commit();
  EXPECT_EQ(Decide({AnEvent("d"), AnEvent("e")}), "4 5");
  ASSERT_EQ(CopyOfNewEntries().size(), 2u);
  EXPECT_EQ(CopyOfNewEntries()[0].position, 4);
  EXPECT_EQ(CopyOfNewEntries()[1].id, "e");
}

TEST_P(DeciderTest, ADuplicateInTheBatchGetsTheFirstPosition) {
  EXPECT_EQ(Decide({AnEvent("a"), AnEvent("b"), AnEvent("a")}), "1 2 =1");
  EXPECT_EQ(CopyOfNewEntries().size(), 2u);
}

TEST_P(DeciderTest, ADuplicateInTheGroupGetsTheFirstPosition) {
  EXPECT_EQ(Decide({AnEvent("a")}), "1");
  EXPECT_EQ(Decide({AnEvent("a"), AnEvent("b")}), "=1 2");
}

TEST_P(DeciderTest, ADuplicateOfARecordedEventGetsItsPosition) {
  EXPECT_EQ(Decide({AnEvent("x"), AnEvent("a")}), "1 2");
  Commit();
  EXPECT_EQ(Decide({AnEvent("a")}), "=2");
  EXPECT_TRUE(CopyOfNewEntries().empty());
}

TEST_P(DeciderTest, ADuplicateIsKnownAfterARestart) {
  EXPECT_EQ(Decide({AnEvent("x"), AnEvent("a"), AnAmendment("c", "a"), AVoiding("v", "x")}),
            "1 2 3 4");
  Reopen();
  EXPECT_EQ(Decide({AVoiding("v", "x"), AnAmendment("c", "a"), AnEvent("a")}), "=4 =3 =2");
}

TEST_P(DeciderTest, TheSameIdWithDifferentContentIsRejected) {
  EXPECT_EQ(Decide({AnEvent("a", 1), AnEvent("a", 2)}), "1 event.event_id:ID_TAKEN");
  Commit();
  EXPECT_EQ(Decide({AnEvent("a", 3), AnEvent("a", 1)}), "event.event_id:ID_TAKEN =1");
  Reopen();
  EXPECT_EQ(Decide({AnEvent("a", 3)}), "event.event_id:ID_TAKEN");
}

TEST_P(DeciderTest, EveryFieldCountsAsContent) {
  v1::Submission whole = AnEvent("a", 5);
  whole.mutable_event()->set_female(0);
  ASSERT_EQ(Decide({whole}), "1");
  Commit();
  const auto changed = [&](auto change) {
    v1::Submission submission = whole;
    change(*submission.mutable_event());
    return Decide({submission});
  };
  const std::string taken = "event.event_id:ID_TAKEN";
  EXPECT_EQ(changed([](v1::Event& e) {}), "=1");
  EXPECT_EQ(changed([](v1::Event& e) { e.set_mission("MONUSCO"); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_kind(v1::KIND_DEATH); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_day("2023-09-21"); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_category(v1::CATEGORY_UN_VOLUNTEER); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_country("SEN"); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_site("Mopti"); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_unit("SENBAT 2"); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_headcount(6); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_female(1); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.clear_female(); }), taken) << "unknown is not 0";
  EXPECT_EQ(changed([](v1::Event& e) { e.set_movement_ref("UN-1"); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_source("manifest"); }), taken);
  EXPECT_EQ(changed([](v1::Event& e) { e.set_qualifier(v1::QUALIFIER_ABOUT); }), taken);
}

TEST_P(DeciderTest, ARejectedIdIsNotTaken) {
  EXPECT_EQ(Decide({AnEvent("a", 0), AnEvent("a", 1)}), "event.headcount:OUT_OF_RANGE 1");
  EXPECT_EQ(Decide({AnAmendment("c", "unknown"), AnAmendment("c", "a")}),
            "amendment.event_id:EVENT_UNKNOWN 2");
}

TEST_P(DeciderTest, RejectionsAreInBatchOrder) {
  EXPECT_EQ(Decide({AVoiding("v", "none"), AnEvent("a", -1), AnEvent("a"), AnEvent("a", 2),
                    AnEvent("b", 0), AnEvent("b")}),
            "voiding.event_id:EVENT_UNKNOWN event.headcount:OUT_OF_RANGE 1 event.event_id:ID_TAKEN "
            "event.headcount:OUT_OF_RANGE 2");
}

TEST_P(DeciderTest, ACorrectionMayFollowItsEventInTheBatch) {
  EXPECT_EQ(Decide({AnEvent("a"), AnAmendment("c", "a"), AVoiding("v", "a")}), "1 2 3");
  ASSERT_EQ(CopyOfNewEntries().size(), 3u);
  EXPECT_EQ(CopyOfNewEntries()[1].target_position, 1);
  EXPECT_EQ(CopyOfNewEntries()[2].target_position, 1);
}

TEST_P(DeciderTest, ACorrectionBeforeItsEventIsRejected) {
  EXPECT_EQ(Decide({AVoiding("v", "a"), AnEvent("a")}), "voiding.event_id:EVENT_UNKNOWN 1");
}

TEST_P(DeciderTest, RepeatedCorrectionGetsTheFirstPosition) {
  EXPECT_EQ(Decide({AnEvent("a"), AnAmendment("c", "a"), AnAmendment("c", "a")}), "1 2 =2");
  Commit();
  EXPECT_EQ(Decide({AnAmendment("c", "a"), AVoiding("v", "a"), AVoiding("v", "a")}), "=2 3 =3");
  Commit();
  // Also once the event is voided.
  EXPECT_EQ(Decide({AnAmendment("c", "a"), AVoiding("v", "a")}), "=2 =3");
}

TEST_P(DeciderTest, AmendmentIsTheSameWithItsEventIdSet) {
  v1::Submission with_id = AnAmendment("c", "a");
  with_id.mutable_amendment()->mutable_event()->set_event_id("a");
  EXPECT_EQ(Decide({AnEvent("a"), AnAmendment("c", "a"), with_id}), "1 2 =2");
}

TEST_P(DeciderTest, CorrectionIdWithDifferentContentIsRejected) {
  EXPECT_EQ(Decide({AnEvent("a"), AnEvent("b"), AnAmendment("c", "a", 5)}), "1 2 3");
  Commit();
  const std::string taken = "amendment.correction_id:ID_TAKEN";
  EXPECT_EQ(Decide({AnAmendment("c", "a", 6)}), taken) << "different content";
  EXPECT_EQ(Decide({AnAmendment("c", "b", 5)}), taken) << "another event";
  EXPECT_EQ(Decide({AnAmendment("c", "unknown", 5)}), taken) << "unknown event";
  EXPECT_EQ(Decide({AVoiding("c", "a")}), "voiding.correction_id:ID_TAKEN") << "another type";
  v1::Submission reason = AnAmendment("c", "a", 5);
  reason.mutable_amendment()->set_reason("another one");
  EXPECT_EQ(Decide({reason}), taken) << "another reason";
}

TEST_P(DeciderTest, EventsAndCorrectionsShareOneIdSpace) {
  EXPECT_EQ(
      Decide({AnEvent("a"), AnEvent("b"), AVoiding("b", "a"), AVoiding("v", "a"), AnEvent("v")}),
      "1 2 voiding.correction_id:ID_TAKEN 3 event.event_id:ID_TAKEN");
}

TEST_P(DeciderTest, RejectsCorrectionsOfAVoidedEvent) {
  const std::string voided = "amendment.event_id:EVENT_VOIDED voiding.event_id:EVENT_VOIDED";
  EXPECT_EQ(Decide({AnEvent("a"), AVoiding("v", "a"), AnAmendment("c", "a"), AVoiding("w", "a")}),
            "1 2 " + voided);
  EXPECT_EQ(Decide({AnAmendment("c", "a"), AVoiding("w", "a")}), voided);
  Commit();
  EXPECT_EQ(Decide({AnAmendment("c", "a"), AVoiding("w", "a")}), voided);
  Reopen();
  EXPECT_EQ(Decide({AnAmendment("c", "a"), AVoiding("w", "a")}), voided);
}

TEST_P(DeciderTest, RejectsCorrectionsOfACorrection) {
  EXPECT_EQ(
      Decide({AnEvent("a"), AnAmendment("c", "a"), AnAmendment("d", "c"), AVoiding("e", "c")}),
      "1 2 amendment.event_id:NOT_AN_EVENT voiding.event_id:NOT_AN_EVENT");
  Commit();
  EXPECT_EQ(Decide({AnAmendment("d", "c")}), "amendment.event_id:NOT_AN_EVENT");
}

TEST_P(DeciderTest, AmendmentCannotChangeTheMission) {
  EXPECT_EQ(Decide({AnEvent("a", 1, "MINUSMA"), AnAmendment("c", "a", 1, "MONUSCO")}),
            "1 amendment.event.mission:MISSION_CHANGED");
  Commit();
  EXPECT_EQ(Decide({AnAmendment("c", "a", 1, "MONUSCO"), AnAmendment("c", "a", 1)}),
            "amendment.event.mission:MISSION_CHANGED 2");
}

TEST_P(DeciderTest, DiscardedGroupIsForgotten) {
  EXPECT_EQ(Decide({AnEvent("a"), AVoiding("v", "a")}), "1 2");
  decider_->DiscardOpenGroup();
  EXPECT_TRUE(CopyOfNewEntries().empty());
  EXPECT_EQ(Decide({AnEvent("b"), AnEvent("a"), AnAmendment("c", "a")}), "1 2 3");
}

TEST_P(DeciderTest, ReportsWhyTheLedgerCannotBeRead) {
  EXPECT_EQ(Decide({AnEvent("a")}), "1");
  Commit();
  Reopen();
  log_.FailReads(absl::DataLossError("block 1 is damaged"));
  EXPECT_THAT(Decide({AnEvent("a")}), ::testing::HasSubstr("block 1 is damaged"));
}

INSTANTIATE_TEST_SUITE_P(, DeciderTest,
                         ::testing::Values(PreviousGroup::kRecorded, PreviousGroup::kInFlight),
                         [](const auto& test) {
                           return test.param == PreviousGroup::kRecorded ? "Recorded" : "InFlight";
                         });

}  // namespace
}  // namespace repatriation
