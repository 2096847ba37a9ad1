// Blocks for tests, built as in the ingest service.
//
// Thread-safety: plain values.
#ifndef TESTS_COMMON_TESTING_BLOCKS_H_
#define TESTS_COMMON_TESTING_BLOCKS_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/ledger/block.h"
#include "tests/common/testing/random_entries.h"

namespace repatriation {

// The bytes of the block of `entries` that follows `tail`.
inline std::string BuildBlock(const LedgerId& ledger_id, const LedgerTail& tail,
                              int64_t recorded_time_us, absl::Span<const LedgerEntry> entries) {
  BlockBuilder builder(ledger_id, tail, recorded_time_us);
  for (const LedgerEntry& entry : entries) builder.Add(entry);
  return builder.Finish();
}

// Consecutive blocks of a ledger, with random entries.
class RandomChain {
 public:
  explicit RandomChain(uint64_t seed, const LedgerId& id = LedgerId::FromBytes("sixteen bytes id"))
      : id_(id), random_(seed) {}

  // The next block, with `count` entries, recorded a second after the last one.
  // REQUIRES: count > 0.
  std::string Next(size_t count) {
    const std::vector<LedgerEntry> entries = random_.NextEntries(count);
    const std::string bytes = BuildBlock(id_, tail_, tail_.recorded_time_us + 1'000'000, entries);
    tail_ = Block::Parse(bytes).value().tail();
    return bytes;
  }

  const LedgerId& id() const { return id_; }
  const LedgerTail& tail() const { return tail_; }

 private:
  const LedgerId id_;
  LedgerTail tail_;
  RandomEntries random_;
};

}  // namespace repatriation

#endif  // TESTS_COMMON_TESTING_BLOCKS_H_
