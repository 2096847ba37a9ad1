#include "query_service/core/replica/view_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/proof/block_check.h"
#include "common/storage/data_directory.h"
#include "query_service/core/replica/replica.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/flaw_matchers.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

constexpr Position kEntriesPerBlock = 20;
constexpr Position kBlocks = 30;
// The block in which damage is planted.
constexpr Position kDamagedFirst = 15 * kEntriesPerBlock + 1;
constexpr Position kDamagedLast = 16 * kEntriesPerBlock;

// The store of a replica with a random history, in which tests plant damage.
class ViewCheckTest : public ::testing::Test {
 protected:
  ViewCheckTest() {
    const auto replica = Replica::Open(dir_.path()).value();
    for (Position i = 0; i < kBlocks; ++i) {
      EXPECT_THAT(replica->Apply(chain_.Next(kEntriesPerBlock)), IsOk());
    }
  }

  void SetUp() override {
    StoreOptions options;
    options.path = StorePath(dir_.path());
    options.tables = ReplicaTables::Specs();
    store_ = Store::Open(options).value();
  }

  ViewDelta StoredAt(Position last) const {
    const auto bytes = store_->Get(ReplicaTables::kViewDeltas, PositionKey(last)).value();
    return DecodeViewDelta(last, bytes.value()).value();
  }
  void Put(Position last, const std::string& bytes) {
    StoreBatch batch;
    batch.Put(ReplicaTables::kViewDeltas, PositionKey(last), bytes);
    ASSERT_THAT(store_->Write(batch, Durability::kBuffered), IsOk());
  }
  void Delete(Position last) {
    StoreBatch batch;
    batch.Delete(ReplicaTables::kViewDeltas, PositionKey(last));
    ASSERT_THAT(store_->Write(batch, Durability::kBuffered), IsOk());
  }

  absl::optional<Flaw> Check() {
    ViewCheck check(store_.get());
    const auto blocks = CheckBlocks(*store_, ReplicaTables::kBlocks, {},
                                    [&](const Block& block, absl::Span<const LedgerEntry> entries) {
                                      return check.Add(block, entries);
                                    });
    EXPECT_THAT(blocks, IsOk());
    EXPECT_THAT(check.Finish(), IsOk());
    return check.flaw();
  }
  void ExpectFlaw(Position position, const std::string& words) {
    EXPECT_THAT(Check(), IsFlaw(position, words));
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  const TempDir dir_;
  RandomChain chain_{seed_};
  std::unique_ptr<Store> store_;
};

TEST_F(ViewCheckTest, IntactViewHasNoFlaw) {
  const auto flaw = Check();
  EXPECT_FALSE(flaw.has_value()) << flaw->position << ": " << flaw->what;
}

TEST_F(ViewCheckTest, FindsAChangedFigure) {
  ViewDelta delta = StoredAt(kDamagedLast);
  // The postings of the third entry begin after those of the second.
  size_t index = 0;
  for (int entry = 0; entry < 2; ++index) entry += delta.postings[index].last() ? 1 : 0;
  const Posting old = delta.postings[index];
  delta.postings[index] = Posting(old.cell(), -old.headcount(), old.whole(), old.last());
  Put(kDamagedLast, EncodeViewDelta(delta));
  ExpectFlaw(kDamagedFirst + 2, "does not match the block");
}

TEST_F(ViewCheckTest, FindsAnExtraPosting) {
  ViewDelta delta = StoredAt(kDamagedLast);
  delta.postings.push_back(delta.postings.back());
  Put(kDamagedLast, EncodeViewDelta(delta));
  ExpectFlaw(kDamagedLast, "does not match the block");
}

TEST_F(ViewCheckTest, FindsAWrongHash) {
  ViewDelta delta = StoredAt(kDamagedLast);
  delta.tail.hash[0] ^= 1;
  Put(kDamagedLast, EncodeViewDelta(delta));
  ExpectFlaw(kDamagedLast, "does not match the block");
}

TEST_F(ViewCheckTest, FindsADamagedDelta) {
  Put(kDamagedLast, "damaged");
  ExpectFlaw(kDamagedFirst, "is damaged");
}

TEST_F(ViewCheckTest, FindsAMissingDelta) {
  Delete(kDamagedLast);
  ExpectFlaw(kDamagedFirst, "is missing");
}

TEST_F(ViewCheckTest, FindsAViewThatEndsBeforeTheBlocks) {
  Delete(kBlocks * kEntriesPerBlock);
  ExpectFlaw((kBlocks - 1) * kEntriesPerBlock + 1, "ends at position");
}

TEST_F(ViewCheckTest, FindsAViewThatContinuesAfterTheBlocks) {
  Put(kBlocks * kEntriesPerBlock + 5, EncodeViewDelta(StoredAt(kDamagedLast)));
  ExpectFlaw(kBlocks * kEntriesPerBlock + 1, "view continues");
}

}  // namespace
}  // namespace repatriation
