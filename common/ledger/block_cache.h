// LRU cache of decoded blocks, so that looking up neighbouring entries (a retry
// of a batch, the events behind a figure) reads and checks each block once.
//
// Thread-safety: all methods may be called from any thread. Returned blocks are
// immutable and may outlive the cache.
#ifndef COMMON_LEDGER_BLOCK_CACHE_H_
#define COMMON_LEDGER_BLOCK_CACHE_H_

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/ledger/block.h"

namespace repatriation {

// A block with its bytes and entries.
class DecodedBlock {
 public:
  // DATA_LOSS as Block::Parse() and Block::Decode().
  static absl::StatusOr<std::shared_ptr<const DecodedBlock>> Make(std::string bytes);

  const Block& block() const { return block_; }
  const std::vector<LedgerEntry>& entries() const { return entries_; }
  bool Contains(Position position) const {
    return block_.first_position() <= position && position <= block_.last_position();
  }
  // REQUIRES: Contains(position).
  const LedgerEntry& At(Position position) const {
    return entries_[static_cast<size_t>(position - block_.first_position())];
  }

 private:
  explicit DecodedBlock(std::string bytes) : bytes_(std::move(bytes)) {}

  const std::string bytes_;
  Block block_;
  std::vector<LedgerEntry> entries_;
};

class BlockCache {
 public:
  using ReadBlock = std::function<absl::StatusOr<std::string>(Position)>;

  // `read_block` returns the stored block that contains a position. Keeps the
  // `blocks_max` most recently used blocks.
  BlockCache(ReadBlock read_block, size_t blocks_max)
      : read_block_(std::move(read_block)), blocks_max_(blocks_max) {}

  // The block that contains `position`; may block on I/O. Errors are those of
  // `read_block` and of DecodedBlock::Make().
  absl::StatusOr<std::shared_ptr<const DecodedBlock>> BlockOf(Position position);

 private:
  std::shared_ptr<const DecodedBlock> Find(Position position);
  void Insert(std::shared_ptr<const DecodedBlock> block);

  const ReadBlock read_block_;
  const size_t blocks_max_;
  Mutex mutex_;
  // Most recently used first. Short, so a linear search is fast enough.
  std::list<std::shared_ptr<const DecodedBlock>> blocks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace repatriation

#endif  // COMMON_LEDGER_BLOCK_CACHE_H_
