#include "ingest_service/core/voided_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/storage/block_table.h"
#include "tests/common/testing/flaw_matchers.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

constexpr EntryIndex::Tables kTables = {.voided = 0, .meta = 1};
constexpr Position kTail = 100;

// A ledger of kTail entries in which 40 voids 10 and 60 voids 5, and the intact
// table.
class VoidedCheckTest : public ::testing::Test {
 protected:
  VoidedCheckTest() {
    StoreOptions options;
    options.path = dir_.Path("store");
    options.tables = {{"voided"}, {"meta"}};
    store_ = Store::Open(options).value();
    for (Position position = 1; position <= kTail; ++position) {
      LedgerEntry entry;
      entry.position = position;
      if (position == 40 || position == 60) {
        entry.type = EntryType::kVoiding;
        entry.target_position = position == 40 ? 10 : 5;
      }
      entries_.push_back(entry);
    }
    PutThrough(kTail);
    Put(10, 40);
    Put(5, 60);
  }

  void Put(Position event, Position voiding) {
    StoreBatch batch;
    batch.Put(kTables.voided, PositionKey(event), PositionKey(voiding));
    ASSERT_THAT(store_->Write(batch, Durability::kBuffered), IsOk());
  }
  void PutRaw(TableId table, const std::string& key, const std::string& value) {
    StoreBatch batch;
    batch.Put(table, key, value);
    ASSERT_THAT(store_->Write(batch, Durability::kBuffered), IsOk());
  }
  void PutThrough(Position position) {
    PutRaw(kTables.meta, "voided_through", PositionKey(position));
  }
  void Delete(Position event) {
    StoreBatch batch;
    batch.Delete(kTables.voided, PositionKey(event));
    ASSERT_THAT(store_->Write(batch, Durability::kBuffered), IsOk());
  }

  absl::optional<Flaw> Check() {
    VoidedCheck check(store_.get(), kTables);
    for (size_t first = 0; first < entries_.size(); first += 7) {
      check.Add(absl::MakeConstSpan(entries_).subspan(first, 7));
    }
    EXPECT_THAT(check.Finish(), IsOk());
    return check.flaw();
  }
  void ExpectFlaw(Position position, const std::string& text) {
    EXPECT_THAT(Check(), IsFlaw(position, text));
  }

  const TempDir dir_;
  std::unique_ptr<Store> store_;
  std::vector<LedgerEntry> entries_;
};

TEST_F(VoidedCheckTest, IntactTableHasNoFlaw) { EXPECT_FALSE(Check().has_value()); }

TEST_F(VoidedCheckTest, EntriesNotYetIndexedMayBeMissing) {
  PutThrough(50);
  Delete(5);
  EXPECT_FALSE(Check().has_value());
  Delete(10);
  ExpectFlaw(40, "lacks");
}

TEST_F(VoidedCheckTest, FindsAMissingVoiding) {
  Delete(5);
  ExpectFlaw(60, "lacks");
}

TEST_F(VoidedCheckTest, FindsAnExtraVoiding) {
  Put(7, 70);
  ExpectFlaw(7, "that it was not");
}

TEST_F(VoidedCheckTest, FindsAVoidingWithAWrongPosition) {
  Put(10, 41);
  ExpectFlaw(10, "at 40");
}

TEST_F(VoidedCheckTest, FindsAMalformedPosition) {
  PutRaw(kTables.voided, "short", PositionKey(1));
  ExpectFlaw(1, "invalid position");
}

TEST_F(VoidedCheckTest, FindsAnIndexBeyondTheLedger) {
  PutThrough(kTail + 1);
  ExpectFlaw(kTail + 1, "reaches position 101");
}

TEST_F(VoidedCheckTest, FindsAMalformedEndPosition) {
  PutRaw(kTables.meta, "voided_through", "short");
  ExpectFlaw(1, "damaged");
}

}  // namespace
}  // namespace repatriation
