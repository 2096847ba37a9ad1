#include "common/id_index/id_filter.h"

#include <algorithm>

namespace repatriation {
namespace {

// Odd multipliers that select one bit of each word, from Parquet's specification:
// https://parquet.apache.org/docs/file-format/bloomfilter/
constexpr uint32_t kSalt[IdFilter::kBlockWords] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU,
                                                   0xa2b7289dU, 0x705495c7U, 0x2df1424bU,
                                                   0x9efc4947U, 0x5c6bfb31U};

uint32_t BitOf(Fingerprint fingerprint, size_t word) {
  return uint32_t{1} << ((static_cast<uint32_t>(fingerprint) * kSalt[word]) >> 27);
}

}  // namespace

IdFilter::IdFilter(size_t bytes)
    // At most 2^32 blocks, since BlockOf() uses 32 bits.
    : blocks_(std::clamp<size_t>(bytes / kBlockBytes, 1, size_t{1} << 32)) {}

void IdFilter::Add(Fingerprint fingerprint) {
  Block& block = blocks_[BlockOf(fingerprint)];
  for (size_t word = 0; word < kBlockWords; ++word) {
    const uint32_t bits = block.words[word].load(std::memory_order_relaxed);
    block.words[word].store(bits | BitOf(fingerprint, word), std::memory_order_relaxed);
  }
}

bool IdFilter::MayContain(Fingerprint fingerprint) const {
  const Block& block = blocks_[BlockOf(fingerprint)];
  uint32_t missing = 0;
  for (size_t word = 0; word < kBlockWords; ++word) {
    const uint32_t bits = block.words[word].load(std::memory_order_relaxed);
    missing |= BitOf(fingerprint, word) & ~bits;
  }
  return missing == 0;
}

void IdFilter::Clear() {
  for (size_t block = 0; block < blocks_.size(); ++block) {
    for (auto& word : blocks_[block].words) word.store(0, std::memory_order_relaxed);
  }
}

void IdFilter::Save(size_t first_block, absl::Span<uint32_t> words) const {
  for (size_t i = 0; i < words.size(); ++i) {
    words[i] = blocks_[first_block + i / kBlockWords].words[i % kBlockWords].load(
        std::memory_order_relaxed);
  }
}

void IdFilter::Restore(size_t first_block, absl::Span<const uint32_t> words) {
  for (size_t i = 0; i < words.size(); ++i) {
    blocks_[first_block + i / kBlockWords].words[i % kBlockWords].store(words[i],
                                                                        std::memory_order_relaxed);
  }
}

}  // namespace repatriation
