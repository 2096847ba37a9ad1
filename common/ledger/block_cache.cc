#include "common/ledger/block_cache.h"

#include <utility>

namespace repatriation {

absl::StatusOr<std::shared_ptr<const DecodedBlock>> DecodedBlock::Make(std::string bytes) {
  std::shared_ptr<DecodedBlock> made(new DecodedBlock(std::move(bytes)));
  auto block = Block::Parse(made->bytes_);
  if (!block.ok()) return block.status();
  made->block_ = *block;
  auto entries = made->block_.Decode();
  if (!entries.ok()) return entries.status();
  made->entries_ = *std::move(entries);
  return std::shared_ptr<const DecodedBlock>(std::move(made));
}

absl::StatusOr<std::shared_ptr<const DecodedBlock>> BlockCache::BlockOf(Position position) {
  if (auto found = Find(position); found != nullptr) return found;
  // Outside the lock: two threads may read the same block; one result is dropped.
  auto bytes = read_block_(position);
  if (!bytes.ok()) return bytes.status();
  auto block = DecodedBlock::Make(*std::move(bytes));
  if (block.ok()) Insert(*block);
  return block;
}

std::shared_ptr<const DecodedBlock> BlockCache::Find(Position position) {
  const MutexLock lock(mutex_);
  for (auto it = blocks_.begin(); it != blocks_.end(); ++it) {
    if (!(*it)->Contains(position)) continue;
    blocks_.splice(blocks_.begin(), blocks_, it);
    return *it;
  }
  return nullptr;
}

void BlockCache::Insert(std::shared_ptr<const DecodedBlock> block) {
  const MutexLock lock(mutex_);
  for (const auto& known : blocks_) {
    if (known->block().first_position() == block->block().first_position()) return;
  }
  blocks_.push_front(std::move(block));
  if (blocks_.size() > blocks_max_) blocks_.pop_back();
}

}  // namespace repatriation
