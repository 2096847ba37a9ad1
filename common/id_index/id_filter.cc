#include "common/id_index/id_filter.h"

#include <algorithm>

namespace repatriation {
namespace {

// Odd multipliers that pick one bit of each word; those of Parquet's
// specification, https://parquet.apache.org/docs/file-format/bloomfilter/
constexpr uint32_t kSalt[8] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                               0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

uint32_t BitOf(Fingerprint fingerprint, int word) {
  return uint32_t{1} << ((static_cast<uint32_t>(fingerprint) * kSalt[word]) >> 27);
}

}  // namespace

IdFilter::IdFilter(size_t bytes)
    // BlockOf() spreads 32 bits over the blocks.
    : block_count_(std::clamp<size_t>(bytes / sizeof(Block), 1, size_t{1} << 32)),
      blocks_(std::make_unique<Block[]>(block_count_)) {}

void IdFilter::Add(Fingerprint fingerprint) {
  Block& block = blocks_[BlockOf(fingerprint)];
  for (int word = 0; word < 8; ++word) block.words[word] |= BitOf(fingerprint, word);
}

bool IdFilter::MayHold(Fingerprint fingerprint) const {
  const Block& block = blocks_[BlockOf(fingerprint)];
  uint32_t missing = 0;
  for (int word = 0; word < 8; ++word) {
    const uint32_t bit = BitOf(fingerprint, word);
    missing |= bit & ~block.words[word];
  }
  return missing == 0;
}

}  // namespace repatriation
