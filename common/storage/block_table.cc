#include "common/storage/block_table.h"

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"

namespace repatriation {

std::string PositionKey(Position position) {
  std::string key(8, '\0');
  for (int i = 0; i < 8; ++i) {
    key[i] = static_cast<char>(static_cast<uint64_t>(position) >> (56 - 8 * i));
  }
  return key;
}

Position PositionOfKey(absl::string_view key) {
  uint64_t position = 0;
  for (int i = 0; i < 8; ++i) position = (position << 8) | static_cast<uint8_t>(key[i]);
  return static_cast<Position>(position);
}

absl::StatusOr<Block> BlockTable::Parse(absl::string_view bytes) const {
  auto block = Block::Parse(bytes);
  if (!block.ok()) return Annotate(block.status(), store_->path());
  return block;
}

absl::Status BlockTable::Missing(absl::string_view what) const {
  return absl::DataLossError(absl::StrCat(store_->path(), ": ", what, " is missing"));
}

absl::StatusOr<LedgerTail> BlockTable::Tail() const {
  const auto cursor = store_->NewCursor(table_);
  cursor->SeekToLast();
  if (!cursor->valid()) {
    if (!cursor->status().ok()) return cursor->status();
    return LedgerTail();
  }
  const auto block = Parse(cursor->value());
  if (!block.ok()) return block.status();
  return block->tail();
}

absl::StatusOr<LedgerId> BlockTable::FirstLedgerId() const {
  const auto cursor = store_->NewCursor(table_);
  cursor->SeekToFirst();
  if (!cursor->valid()) {
    if (!cursor->status().ok()) return cursor->status();
    return LedgerId();
  }
  const auto block = Parse(cursor->value());
  if (!block.ok()) return block.status();
  return block->ledger_id();
}

absl::StatusOr<std::vector<std::string>> BlockTable::ReadAfter(Position position, Position tail,
                                                               size_t bytes_max) const {
  std::vector<std::string> blocks;
  if (position < 0) {
    return absl::InvalidArgumentError(absl::StrCat("position ", position, " is negative"));
  }
  if (position > tail) {
    return absl::OutOfRangeError(
        absl::StrCat("the ledger ends at position ", tail, ", before ", position));
  }
  const auto cursor = store_->NewCursor(table_);
  size_t bytes = 0;
  Position next = position + 1;
  for (cursor->Seek(PositionKey(next)); next <= tail && cursor->valid(); cursor->Next()) {
    if (!blocks.empty() && bytes + cursor->value().size() > bytes_max) break;
    const auto block = Parse(cursor->value());
    if (!block.ok()) return block.status();
    if (block->first_position() != next) break;
    blocks.emplace_back(cursor->value());
    bytes += blocks.back().size();
    next = block->last_position() + 1;
  }
  if (!cursor->status().ok()) return cursor->status();
  if (!blocks.empty() || position == tail) return blocks;
  // Either `position` is inside a block, or the block after it is missing.
  const auto holder = position == 0 ? absl::StatusOr<std::string>("") : ReadBlockOf(position);
  if (!holder.ok()) return holder.status();
  if (const auto block = Parse(*holder); block.ok() && block->last_position() != position) {
    return absl::InvalidArgumentError(
        absl::StrCat("position ", position, " is not the end of a block: it is inside the block ",
                     block->first_position(), " to ", block->last_position()));
  }
  return Missing(absl::StrCat("the block at position ", position + 1));
}

absl::StatusOr<LedgerTail> BlockTable::CheckAfter(
    const LedgerTail& from, const LedgerId& id, Position tail, size_t bytes_max,
    absl::FunctionRef<absl::Status(size_t)> take) const {
  const auto blocks = ReadAfter(from.position, tail, bytes_max);
  if (!blocks.ok()) return blocks.status();
  LedgerTail checked = from;
  for (const std::string& bytes : *blocks) {
    // Its hash was checked when it was read.
    const auto block = Block::ParseHashed(bytes);
    if (!block.ok()) return Annotate(block.status(), store_->path());
    const absl::Status follows = CheckFollows(*block, id, checked);
    if (!follows.ok()) {
      return absl::DataLossError(absl::StrCat(store_->path(), ": ", follows.message()));
    }
    checked = block->tail();
    const absl::Status taken = take(bytes.size());
    if (!taken.ok()) return taken;
  }
  return checked;
}

absl::StatusOr<std::string> BlockTable::ReadBlockOf(Position position) const {
  const auto cursor = store_->NewCursor(table_);
  cursor->SeekForPrevious(PositionKey(position));
  if (!cursor->status().ok()) return cursor->status();
  if (cursor->valid()) {
    const auto block = Parse(cursor->value());
    if (!block.ok()) return block.status();
    if (block->first_position() <= position && position <= block->last_position()) {
      return std::string(cursor->value());
    }
  }
  return Missing(absl::StrCat("the block with position ", position));
}

}  // namespace repatriation
