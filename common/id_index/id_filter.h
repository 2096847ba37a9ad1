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
// Thread-safety: Add() belongs to one thread at a time; others may call
// MayHold() meanwhile for fingerprints that were added before.
#ifndef COMMON_ID_INDEX_ID_FILTER_H_
#define COMMON_ID_INDEX_ID_FILTER_H_

#include <cstddef>
#include <memory>

#include "common/id_index/fingerprint.h"

namespace repatriation {

class IdFilter {
 public:
  // Takes `bytes` of memory, rounded down to whole blocks but at least one.
  explicit IdFilter(size_t bytes);

  // Asks for the memory that the next two will touch, so that several
  // fingerprints wait for it at the same time.
  void Prefetch(Fingerprint fingerprint) const {
    __builtin_prefetch(&blocks_[BlockOf(fingerprint)]);
  }
  void Add(Fingerprint fingerprint);
  // False: was never added.
  bool MayHold(Fingerprint fingerprint) const;

 private:
  struct alignas(32) Block {
    uint32_t words[8];
  };
  size_t BlockOf(Fingerprint fingerprint) const {
    return static_cast<size_t>(((fingerprint >> 32) * block_count_) >> 32);
  }

  const size_t block_count_;
  std::unique_ptr<Block[]> blocks_;
};

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_FILTER_H_
