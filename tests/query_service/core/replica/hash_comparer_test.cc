#include "query_service/core/replica/hash_comparer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/errors.h"
#include "common/proof/ledger_hash.h"
#include "common/storage/data_directory.h"
#include "tests/common/testing/blocks.h"
#include "tests/common/testing/notification.h"
#include "tests/common/testing/raw_block.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

constexpr Position kBlockEntries = 5;

// A ledger of blocks of kBlockEntries entries.
class FakeHashSource : public HashSource {
 public:
  absl::StatusOr<v1::GetLedgerHashResponse> GetLedgerHash(Position position) override {
    ++calls;
    if (!failure.ok()) return failure;
    v1::GetLedgerHashRequest request;
    request.set_position(position);
    return LedgerHashAt(request, id, static_cast<Position>(blocks.size()) * kBlockEntries,
                        [this](Position at) -> absl::StatusOr<std::string> {
                          return blocks[static_cast<size_t>((at - 1) / kBlockEntries)];
                        });
  }
  void Cancel() override {}

  LedgerId id;
  std::vector<std::string> blocks;
  absl::Status failure;
  std::atomic<int> calls{0};
};

class HashComparerTest : public ::testing::Test {
 protected:
  HashComparerTest() {
    source_.id = chain_.id();
    Reopen();
    for (int i = 0; i < 10; ++i) {
      source_.blocks.push_back(chain_.Next(kBlockEntries));
      EXPECT_THAT(replica_->Apply(source_.blocks.back()), IsOk());
    }
  }

  void Reopen() {
    replica_.reset();
    // Small runs: ids in runs are not reread from the blocks on opening.
    IdIndexOptions ids = Replica::DefaultIdOptions();
    ids.filter_bytes = 1 << 20;
    ids.run_ids = kBlockEntries;
    replica_ = Replica::Open(dir_.path(), {}, ids).value();
  }

  // Overwrites the replica's block that begins at `first`.
  void Damage(Position first, const std::string& bytes) {
    replica_.reset();
    {
      StoreOptions options;
      options.path = StorePath(dir_.path());
      options.tables = ReplicaTables::Specs();
      const auto store = Store::Open(options).value();
      StoreBatch batch;
      batch.Put(ReplicaTables::kBlocks, PositionKey(first), bytes);
      ASSERT_THAT(store->Write(batch, Durability::kBuffered), IsOk());
    }
    Reopen();
  }

  absl::Status CompareAt(Position position) { return CompareHashAt(*replica_, source_, position); }

  // Rereads everything once, a few blocks at a time.
  absl::Status RecheckAll() {
    LedgerTail checked;
    do {
      const absl::Status status = RecheckNextBlocks(*replica_, source_, 1000, checked);
      if (!status.ok()) return status;
    } while (checked.position > 0);
    return absl::OkStatus();
  }

  const uint64_t seed_ = DrawSeed();
  const ::testing::ScopedTrace trace_{__FILE__, __LINE__, TraceOfSeed(seed_)};
  RandomChain chain_{seed_};
  const TempDir dir_;
  FakeHashSource source_;
  std::unique_ptr<Replica> replica_;
};

TEST_F(HashComparerTest, IntactReplicaAgreesEverywhere) {
  for (Position position = 1; position <= 50; ++position) {
    EXPECT_THAT(CompareAt(position), IsOk()) << position;
  }
  EXPECT_THAT(RecheckAll(), IsOk());
  // Also while it lags.
  source_.blocks.push_back(chain_.Next(kBlockEntries));
  EXPECT_THAT(CompareAt(50), IsOk());
  EXPECT_THAT(RecheckAll(), IsOk());
}

TEST_F(HashComparerTest, DetectsAnotherHistory) {
  RandomChain other(seed_ + 1, chain_.id());
  for (std::string& block : source_.blocks) block = other.Next(kBlockEntries);
  const absl::Status status = CompareAt(50);
  EXPECT_EQ(ReasonOf(status), "HASH_MISMATCH");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("position 50")));
}

TEST_F(HashComparerTest, DetectsALedgerThatWasRolledBack) {
  source_.blocks.resize(5);
  EXPECT_EQ(ReasonOf(CompareAt(50)), "POSITION_AHEAD_OF_LEDGER");
}

TEST_F(HashComparerTest, DetectsAnotherLedger) {
  source_.id = LedgerId::FromBytes("another sixteen!");
  EXPECT_EQ(ReasonOf(CompareAt(50)), "LEDGER_ID_MISMATCH");
}

TEST_F(HashComparerTest, DetectsABlockDamagedAtRest) {
  std::string damaged = source_.blocks[3];
  damaged[100] = static_cast<char>(damaged[100] ^ 1);
  Damage(16, damaged);
  EXPECT_THAT(CompareAt(50), IsOk()) << "the last block is intact";
  EXPECT_EQ(ReasonOf(RecheckAll()), "COPY_DAMAGED");
}

TEST_F(HashComparerTest, DetectsAReplacedBlockWithAValidHash) {
  std::string replaced = source_.blocks[3];
  replaced[16] = static_cast<char>(replaced[16] + 1);
  FixHash(replaced);
  Damage(16, replaced);
  const absl::Status status = RecheckAll();
  EXPECT_THAT(ReasonOf(status), ::testing::AnyOf("COPY_DAMAGED", "HASH_MISMATCH")) << status;
}

TEST_F(HashComparerTest, OtherErrorsAreNoDivergence) {
  for (const absl::Status& failure :
       {absl::UnavailableError("refused"), absl::DataLossError("the ledger's own block"),
        absl::UnimplementedError("an older service")}) {
    source_.failure = failure;
    EXPECT_EQ(CompareAt(50), failure);
  }
}

TEST_F(HashComparerTest, ComparesPeriodicallyUntilTheyDiffer) {
  Notification diverged;
  absl::Status why;
  {
    HashComparer comparer(replica_.get(), &source_, absl::Microseconds(10),
                          [&](const absl::Status& status) {
                            why = status;
                            diverged.Notify();
                          });
    while (source_.calls < 20) std::this_thread::yield();
    EXPECT_FALSE(diverged.HasBeenNotified());
  }
  source_.blocks.resize(5);
  HashComparer comparer(replica_.get(), &source_, absl::Microseconds(10),
                        [&](const absl::Status& status) {
                          why = status;
                          diverged.Notify();
                        });
  diverged.WaitForNotification();
  comparer.Stop();
  EXPECT_EQ(ReasonOf(why), "POSITION_AHEAD_OF_LEDGER");
}

TEST_F(HashComparerTest, StopInterruptsItsInterval) {
  HashComparer comparer(replica_.get(), &source_, absl::Hours(24), [](const absl::Status&) {});
  comparer.Stop();
  comparer.Stop();
  EXPECT_EQ(source_.calls, 0);
}

}  // namespace
}  // namespace repatriation
