// A Bloom filter over all fingerprints of a ledger: says of almost every new
// id that it is new, in one cache miss and without a look at the disk.
//
// A split-block filter (Putze, Sanders, Singler: "Cache-, Hash- and
// Space-Efficient Bloom Filters", 2007; the form that Apache Parquet uses):
// each fingerprint sets eight bits in one block of 32 bytes. Of fixed size; the
// more it holds, the more often it says "maybe" of a new id, which costs a
// look-up and never an answer: at 21 bits a fingerprint about once in 5,000
// times, at 10 bits once in 100, at 5 bits once in 6.
//
// Thread-safety: a block belongs to one thread at a time for Add(), Clear()
// and Restore(). Others may call MayHold() and Save() meanwhile: they see all
// that was added before in the order of memory, and perhaps more.
#ifndef COMMON_ID_INDEX_ID_FILTER_H_
#define COMMON_ID_INDEX_ID_FILTER_H_

#include <atomic>
#include <cstddef>

#include "absl/types/span.h"
#include "common/base/prefetch.h"
#include "common/id_index/fingerprint.h"
#include "common/id_index/zeroed_array.h"

namespace repatriation {

class IdFilter {
 public:
  static constexpr size_t kBlockWords = 8;
  static constexpr size_t kBlockBytes = kBlockWords * sizeof(uint32_t);

  // Takes `bytes` of memory, rounded down to whole blocks but at least one.
  explicit IdFilter(size_t bytes);

  // Takes all of the memory now; else the first Add() of each part does. REQUIRES:
  // nothing was added yet.
  void Populate() { blocks_.Populate(); }

  size_t blocks() const { return blocks_.size(); }
  // The block of a fingerprint; it ascends with the fingerprint.
  size_t BlockOf(Fingerprint fingerprint) const {
    return static_cast<size_t>(((fingerprint >> 32) * blocks_.size()) >> 32);
  }

  // Asks for the memory that the next two will touch, so that several
  // fingerprints wait for it at the same time.
  void Prefetch(Fingerprint fingerprint) const {
    repatriation::Prefetch(&blocks_[BlockOf(fingerprint)]);
  }
  void Add(Fingerprint fingerprint);
  // False: was never added.
  bool MayHold(Fingerprint fingerprint) const;

  void Clear();

  // Copies the words of the blocks from `first_block` on out of the filter, or
  // into it, where they replace what is there. REQUIRES: whole blocks.
  void Save(size_t first_block, absl::Span<uint32_t> words) const;
  void Restore(size_t first_block, absl::Span<const uint32_t> words);

 private:
  // Read while they are written; there is one writer, so a plain load and
  // store make an update.
  struct alignas(kBlockBytes) Block {
    std::atomic<uint32_t> words[kBlockWords];
  };

  ZeroedArray<Block> blocks_;
};

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_FILTER_H_
