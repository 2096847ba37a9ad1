#include "query_service/core/replica/replica.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/errors.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"
#include "tests/query_service/core/testing/views.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;

class ReplicaTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }

  void Reopen() {
    replica_.reset();
    auto replica = Replica::Open(dir_.Path("replica"));
    ASSERT_THAT(replica, IsOk());
    replica_ = *std::move(replica);
  }

  void ApplyRandom(int blocks) {
    for (int i = 0; i < blocks; ++i) {
      ASSERT_THAT(replica_->Apply(chain_.Next(1 + random_.Below(20))), IsOk());
    }
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  RandomEntries random_{seed_};
  RandomChain chain_{seed_};
  const TempDir dir_;
  std::unique_ptr<Replica> replica_;
};

TEST_F(ReplicaTest, IsEmptyAtFirst) {
  EXPECT_EQ(replica_->tail(), LedgerTail());
  EXPECT_TRUE(replica_->ledger_id().empty());
  EXPECT_THAT(replica_->divergence(), IsOk());
  EXPECT_EQ(replica_->FindId("a").value(), absl::nullopt);
  Reopen();
  EXPECT_EQ(replica_->tail(), LedgerTail());
}

TEST_F(ReplicaTest, AppliesBlocks) {
  ApplyRandom(20);
  EXPECT_EQ(replica_->tail(), chain_.tail());
  EXPECT_EQ(replica_->ledger_id(), chain_.id());
}

TEST_F(ReplicaTest, IsTheSameAfterReopening) {
  ApplyRandom(20);
  const std::string before = History(replica_->view());
  Reopen();
  EXPECT_EQ(replica_->tail(), chain_.tail());
  EXPECT_EQ(replica_->ledger_id(), chain_.id());
  EXPECT_EQ(History(replica_->view()), before);
  // And continues from there.
  ApplyRandom(5);
  const std::string after = History(replica_->view());
  Reopen();
  EXPECT_EQ(History(replica_->view()), after);
}

TEST_F(ReplicaTest, FindsIdsAndTheirEntries) {
  const std::vector<LedgerEntry> entries = random_.NextEntries(50);
  ASSERT_THAT(replica_->Apply(BuildBlock(chain_.id(), {}, 1, entries)), IsOk());
  for (int round = 0; round < 2; ++round) {
    for (const LedgerEntry& entry : entries) {
      EXPECT_EQ(replica_->FindId(entry.id).value(), entry.position);
      const auto block = replica_->BlockOf(entry.position);
      ASSERT_THAT(block, IsOk());
      EXPECT_TRUE((*block)->At(entry.position).SameContent(entry)) << "position " << entry.position;
    }
    EXPECT_EQ(replica_->FindId("never").value(), absl::nullopt);
    Reopen();
  }
}

TEST_F(ReplicaTest, RefusesAGapThenAppliesTheMissingBlock) {
  ASSERT_THAT(replica_->Apply(chain_.Next(3)), IsOk());
  const std::string next = chain_.Next(2);
  const std::string after_next = chain_.Next(2);
  const absl::Status refused = replica_->Apply(after_next);
  EXPECT_THAT(refused, StatusIs(kFailedPrecondition,
                                HasSubstr("block at position 6 does not follow: expected "
                                          "position 4")));
  EXPECT_EQ(ReasonOf(refused), "POSITION_GAP");
  EXPECT_THAT(replica_->divergence(), IsOk()) << "a gap can be filled";
  EXPECT_EQ(replica_->tail().position, 3);
  EXPECT_THAT(replica_->Apply(next), IsOk());
  EXPECT_THAT(replica_->Apply(after_next), IsOk());
  EXPECT_EQ(replica_->tail(), chain_.tail());
}

TEST_F(ReplicaTest, RefusesABlockTwice) {
  const std::string first = chain_.Next(3);
  ASSERT_THAT(replica_->Apply(first), IsOk());
  EXPECT_EQ(ReasonOf(replica_->Apply(first)), "POSITION_GAP");
  EXPECT_EQ(replica_->tail().position, 3);
}

TEST_F(ReplicaTest, DivergesOnABlockOfAnotherLedger) {
  ApplyRandom(2);
  const Position position = replica_->tail().position;
  RandomChain other(seed_ + 1, LedgerId::FromBytes("another ledger's"));
  const absl::Status refused = replica_->Apply(other.Next(1));
  EXPECT_THAT(refused, StatusIs(kFailedPrecondition, HasSubstr("block at position 1 ")));
  EXPECT_EQ(ReasonOf(refused), "LEDGER_ID_MISMATCH");
  EXPECT_THAT(replica_->divergence(), StatusIs(kFailedPrecondition));
  EXPECT_EQ(ReasonOf(replica_->divergence()), "REPLICA_DIVERGED");
  EXPECT_EQ(replica_->tail().position, position);
}

TEST_F(ReplicaTest, DivergesOnABlockOfAnotherHistory) {
  // The same ledger id, as many entries, other content.
  RandomChain fork(seed_ + 1, chain_.id());
  ASSERT_THAT(replica_->Apply(chain_.Next(3)), IsOk());
  fork.Next(3);
  const absl::Status refused = replica_->Apply(fork.Next(1));
  EXPECT_THAT(refused, StatusIs(kFailedPrecondition, HasSubstr("of position 3")));
  EXPECT_EQ(ReasonOf(refused), "HASH_MISMATCH");
  EXPECT_THAT(replica_->divergence(),
              StatusIs(kFailedPrecondition, HasSubstr("must be rebuilt from an empty directory")));
}

TEST_F(ReplicaTest, DivergenceKeepsItsFirstCause) {
  replica_->Diverge(absl::FailedPreconditionError("the first cause"));
  replica_->Diverge(absl::FailedPreconditionError("the second"));
  EXPECT_THAT(replica_->divergence(), StatusIs(kFailedPrecondition, HasSubstr("the first cause")));
}

TEST_F(ReplicaTest, RefusesDamagedBytes) {
  ApplyRandom(1);
  const std::string good = chain_.Next(4);
  const LedgerTail before = replica_->tail();
  for (int i = 0; i < 200; ++i) {
    std::string bad = good;
    if (random_.Chance(2)) {
      bad.resize(random_.Below(bad.size()));
    } else {
      bad[random_.Below(bad.size())] ^= static_cast<char>(1 << random_.Below(8));
    }
    ASSERT_THAT(replica_->Apply(bad), StatusIs(kDataLoss)) << "damage " << i;
    ASSERT_EQ(replica_->tail(), before);
  }
  EXPECT_THAT(replica_->divergence(), IsOk()) << "it may have been damaged in transit";
  EXPECT_THAT(replica_->Apply(good), IsOk());
}

TEST_F(ReplicaTest, RefusesAnInvalidCorrectionThenAppliesAValidBlock) {
  LedgerTail tail;
  const auto block = [&](const std::vector<LedgerEntry>& entries) {
    return BuildBlock(chain_.id(), tail, tail.recorded_time_us, entries);
  };
  ASSERT_THAT(replica_->Apply(block({AnEvent("a", AContent(5)), AVoiding("v", 1)})), IsOk());
  tail = replica_->tail();
  const std::string before = History(replica_->view());
  EXPECT_THAT(replica_->Apply(block({AnEvent("b", AContent(2)), AVoiding("w", 1)})),
              StatusIs(kDataLoss, HasSubstr("position 4 corrects the event at 1")));
  EXPECT_EQ(replica_->tail(), tail);
  EXPECT_EQ(replica_->FindId("b").value(), absl::nullopt) << "no part of the block is applied";
  EXPECT_EQ(History(replica_->view()), before);

  EXPECT_THAT(replica_->Apply(block({AnEvent("b", AContent(3))})), IsOk());
  EXPECT_EQ(Figures(replica_->view(), 3), "MINUSMA/Mopti/0/unknown=3(1,1)");
  const std::string after = History(replica_->view());
  Reopen();
  EXPECT_EQ(History(replica_->view()), after);
}

TEST_F(ReplicaTest, RefusesDecreasingTime) {
  ASSERT_THAT(replica_->Apply(chain_.Next(1)), IsOk());
  LedgerTail earlier = replica_->tail();
  earlier.recorded_time_us -= 1;
  const absl::Status refused = replica_->Apply(BuildBlock(
      chain_.id(), earlier, earlier.recorded_time_us, std::vector{AnEvent("late", AContent(1))}));
  EXPECT_THAT(refused, StatusIs(kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused), "TIME_WENT_BACK");
}

}  // namespace
}  // namespace repatriation
