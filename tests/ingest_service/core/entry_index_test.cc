#include "ingest_service/core/entry_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ingest_service/core/new_entries.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/ingest_service/core/fake_ledger_log.h"
#include "tests/ingest_service/core/index_store.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

LedgerEntry EntryOf(EntryType type, Position position, const char* id, Position target = 0) {
  LedgerEntry entry;
  entry.type = type;
  entry.position = position;
  entry.id = id;
  entry.target_position = target;
  entry.event.mission = "MINUSMA";
  entry.event.kind = v1::KIND_REPATRIATION;
  entry.event.category = v1::CATEGORY_CONTINGENT_TROOPS;
  entry.event.headcount = 1;
  return entry;
}

// Four entries in two blocks: events a and b; an amendment and a voiding of a.
const std::vector<LedgerEntry> kFirst = {EntryOf(EntryType::kEvent, 1, "a"),
                                         EntryOf(EntryType::kEvent, 2, "b")};
const std::vector<LedgerEntry> kSecond = {EntryOf(EntryType::kAmendment, 3, "c", 1),
                                          EntryOf(EntryType::kVoiding, 4, "d", 1)};

class EntryIndexTest : public ::testing::Test {
 protected:
  void AppendBlock(const std::vector<LedgerEntry>& entries) {
    const std::string bytes = BuildBlock(log_.id(), log_.tail(), 1'000'000, entries);
    ASSERT_THAT(log_.Append(*Block::Parse(bytes)), IsOk());
  }

  absl::Status AddTo(EntryIndex& index, const std::vector<LedgerEntry>& entries) {
    NewEntries added;
    for (const LedgerEntry& entry : entries) added.Add(&entry, FingerprintOf(entry.id));
    if (added.empty()) return absl::OkStatus();
    const absl::Status voided = index.AddVoidings(added.voidings(), entries.back().position);
    return voided.ok() ? index.AddIds(added.fingerprints()) : voided;
  }

  // "id@position" or "id@-" for each id, then the voided events as "position!voiding".
  std::string Content(EntryIndex& index) {
    std::string content;
    for (const char* id : {"a", "b", "c", "d", "e"}) {
      const auto found = index.Find(id, FingerprintOf(id)).value();
      absl::StrAppend(&content, id, "@", found.has_value() ? absl::StrCat(*found) : "-", " ");
    }
    for (Position position = 1; position <= 5; ++position) {
      const auto voiding = index.VoidedAt(position).value();
      if (voiding.has_value()) absl::StrAppend(&content, position, "!", *voiding, " ");
    }
    return content;
  }

  FakeLedgerLog log_;
  IndexStore store_;
};

TEST_F(EntryIndexTest, IsEmptyForAnEmptyLedger) {
  const auto index = store_.Open(&log_);
  ASSERT_THAT(index, IsOk());
  EXPECT_EQ(Content(**index), "a@- b@- c@- d@- e@- ");
}

TEST_F(EntryIndexTest, FindsWhatWasAdded) {
  const auto index = store_.Open(&log_);
  ASSERT_THAT(index, IsOk());
  AppendBlock(kFirst);
  ASSERT_THAT(AddTo(**index, kFirst), IsOk());
  ASSERT_THAT(AddTo(**index, {}), IsOk());
  AppendBlock(kSecond);
  ASSERT_THAT(AddTo(**index, kSecond), IsOk());
  EXPECT_EQ(Content(**index), "a@1 b@2 c@3 d@4 e@- 1!4 ");
}

TEST_F(EntryIndexTest, IsBuiltFromAnExistingLedger) {
  AppendBlock(kFirst);
  AppendBlock(kSecond);
  const auto index = store_.Open(&log_);
  ASSERT_THAT(index, IsOk());
  EXPECT_EQ(Content(**index), "a@1 b@2 c@3 d@4 e@- 1!4 ");
}

TEST_F(EntryIndexTest, IsCompletedFromItsLastPosition) {
  AppendBlock(kFirst);
  {
    const auto index = store_.Open(&log_);
    ASSERT_THAT(index, IsOk());
  }
  // Recorded, but the process ended before it was indexed.
  AppendBlock(kSecond);
  const auto index = store_.Open(&log_);
  ASSERT_THAT(index, IsOk());
  EXPECT_EQ(Content(**index), "a@1 b@2 c@3 d@4 e@- 1!4 ");
}

TEST_F(EntryIndexTest, RejectsALedgerThatEndsBeforeTheIndex) {
  {
    const auto index = store_.Open(&log_);
    ASSERT_THAT(index, IsOk());
    ASSERT_THAT(AddTo(**index, kFirst), IsOk());
  }
  EXPECT_THAT(store_.Open(&log_), StatusIs(absl::StatusCode::kDataLoss,
                                           HasSubstr("position 2, but the ledger ends at 0")));
}

TEST_F(EntryIndexTest, ReportsWhyTheLedgerCannotBeRead) {
  AppendBlock(kFirst);
  log_.FailReads(absl::DataLossError("the block at position 1 is missing"));
  EXPECT_THAT(store_.Open(&log_), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("missing")));
}

}  // namespace
}  // namespace repatriation
