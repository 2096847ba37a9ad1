// Random events, corrections and queries through the real path (batches, blocks, replicas
// on disk). Every answer is compared with that of a naive model.
//
//   REPAT_PROPERTY_CASES  number of queries, default 10000
//   REPAT_PROPERTY_SEED   seed of the first ledger; ledger n has the seed plus n
//
// A failure names the seed of its ledger. To rerun only that ledger, set
// REPAT_PROPERTY_SEED to it and REPAT_PROPERTY_CASES to 500.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/property/model_run.h"

namespace repatriation {
namespace {

constexpr int kCasesPerLedger = 500;

uint64_t FromEnvironment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  if (text == nullptr) return fallback;
  uint64_t number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(text, &number)) << name << " must be a number, is " << text;
  return number;
}

TEST(ModelTest, EveryAnswerMatchesTheModel) {
  const uint64_t seed =
      FromEnvironment("REPAT_PROPERTY_SEED", std::random_device()() % 1'000'000'000);
  const int cases = static_cast<int>(FromEnvironment("REPAT_PROPERTY_CASES", 10'000));
  std::cout << "REPAT_PROPERTY_SEED=" << seed << " REPAT_PROPERTY_CASES=" << cases << std::endl;
  ModelRun::Counts counts;
  for (int asked = 0; asked < cases; asked += kCasesPerLedger) {
    const uint64_t ledger_seed = seed + static_cast<uint64_t>(asked / kCasesPerLedger);
    ModelRun run(ledger_seed, ModelFault::kNone);
    const auto mismatch = run.Run(std::min(kCasesPerLedger, cases - asked));
    ASSERT_FALSE(mismatch.has_value())
        << *mismatch << "\nreproduce with REPAT_PROPERTY_SEED=" << ledger_seed
        << " REPAT_PROPERTY_CASES=" << kCasesPerLedger;
    counts.Add(run.counts());
  }
  std::cout << counts.ToString() << std::endl;
  if (cases < kCasesPerLedger) return;
  EXPECT_GT(counts.corrections, 0);
  EXPECT_GT(counts.records, 0);
  EXPECT_GT(counts.duplicates, 0);
  EXPECT_GT(counts.rejections, 0);
  EXPECT_GT(counts.refused, 0);
  EXPECT_GT(counts.reopenings, 0);
  EXPECT_GT(counts.pages, cases / 2);
  EXPECT_GT(counts.entries, counts.blocks) << "no block has more than one entry";
  if (cases < 10 * kCasesPerLedger) return;
  for (const int count : {counts.unknown, counts.may_grow, counts.complete, counts.zeros,
                          counts.gaps, counts.means, counts.relocated, counts.later_verdicts}) {
    EXPECT_GT(count, 0) << counts.ToString();
  }
  for (const v1::Verdict verdict : {v1::VERDICT_AGREES, v1::VERDICT_DISAGREES,
                                    v1::VERDICT_WRONG_MEASURE, v1::VERDICT_UNKNOWN}) {
    EXPECT_GT(counts.verdicts[verdict], 0) << v1::Verdict_Name(verdict);
  }
}

// Proves that the test can fail: each planted fault must lead to a mismatch.
class FaultyModelTest : public ::testing::TestWithParam<int> {};

TEST_P(FaultyModelTest, IsDetected) {
  constexpr int kLedgersMax = 24;
  const auto fault = static_cast<ModelFault>(GetParam());
  for (uint64_t seed = 1; seed <= kLedgersMax; ++seed) {
    ModelRun run(seed, fault);
    if (run.Run(kCasesPerLedger).has_value()) return;
  }
  FAIL() << "expected a mismatch within " << kLedgersMax << " ledgers, seeds from 1, found none";
}

INSTANTIATE_TEST_SUITE_P(EveryFault, FaultyModelTest,
                         ::testing::Range(static_cast<int>(ModelFault::kNone) + 1,
                                          static_cast<int>(kLastModelFault) + 1));

}  // namespace
}  // namespace repatriation
