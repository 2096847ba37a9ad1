// A Bloom filter over all fingerprints of a ledger: recognizes almost every new id
// as new with one cache miss and without I/O.
//
// A split-block Bloom filter (Putze, Sanders, Singler: "Cache-, Hash- and
// Space-Efficient Bloom Filters", 2007; the variant that Apache Parquet uses):
// each fingerprint sets eight bits in one block of 32 bytes. Its size is fixed, so
// false positives become more frequent as it fills. They cost a look-up, never a
// wrong answer: about 1 in 5,000 at 21 bits per fingerprint, 1 in 100 at 10 bits, 1
// in 6 at 5 bits.
//
// Thread-safety: a block belongs to one thread at a time for Add(), Clear() and
// Restore(). Other threads may call MayContain() and Save() meanwhile: they see
// everything that was added before (happens-before), and perhaps more.
#ifndef COMMON_ID_INDEX_ID_FILTER_H_
#define COMMON_ID_INDEX_ID_FILTER_H_

#include <atomic>
#include <cstddef>

#include "absl/types/span.h"
#include "common/base/memory/prefetch.h"
#include "common/id_index/fingerprint.h"
#include "common/id_index/zeroed_array.h"

namespace repatriation {

class IdFilter {
 public:
  static constexpr size_t kBlockWords = 8;
  static constexpr size_t kBlockBytes = kBlockWords * sizeof(uint32_t);

  // Uses `bytes` of memory, rounded down to whole blocks but at least one.
  explicit IdFilter(size_t bytes);

  // Prefaults all of the memory, which Add() would otherwise fault in. REQUIRES:
  // nothing was added yet.
  void Populate() { blocks_.Populate(); }

  size_t blocks() const { return blocks_.size(); }
  // The block of a fingerprint; monotonic in the fingerprint.
  size_t BlockOf(Fingerprint fingerprint) const {
    return static_cast<size_t>(((fingerprint >> 32) * blocks_.size()) >> 32);
  }

  // Prefetches the block for Add() or MayContain(), so that the cache misses of several
  // fingerprints overlap.
  void Prefetch(Fingerprint fingerprint) const {
    repatriation::Prefetch(&blocks_[BlockOf(fingerprint)]);
  }
  void Add(Fingerprint fingerprint);
  // False: it was definitely not added.
  bool MayContain(Fingerprint fingerprint) const;

  void Clear();

  // Copies the words of the blocks from `first_block` on out of the filter, or into
  // it, replacing what is there. REQUIRES: whole blocks.
  void Save(size_t first_block, absl::Span<uint32_t> words) const;
  void Restore(size_t first_block, absl::Span<const uint32_t> words);

 private:
  // Atomic, since they are read while they are written. There is one writer, so it
  // needs no read-modify-write operation.
  struct alignas(kBlockBytes) Block {
    std::atomic<uint32_t> words[kBlockWords];
  };

  ZeroedArray<Block> blocks_;
};

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_FILTER_H_
