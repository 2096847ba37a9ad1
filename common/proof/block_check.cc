#include "common/proof/block_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/text.h"
#include "common/storage/block_table.h"

namespace repatriation {
namespace {

// The flaw, if any, of a block stored under `key` where the block after `tail` is
// expected.
absl::optional<Flaw> CheckKey(absl::string_view key, const LedgerTail& tail) {
  const Position expected = tail.position + 1;
  if (key.size() != 8) {
    return Flaw{expected, absl::StrCat("a block is stored under the key ", Quoted(key),
                                       ", which is not a position")};
  }
  const Position position = PositionOfKey(key);
  if (position > expected) {
    return Flaw{expected,
                absl::StrCat("the block is missing; the next one is at position ", position)};
  }
  if (position < expected) {
    return Flaw{position, absl::StrCat("the block overlaps the one before it, which ends at ",
                                       tail.position)};
  }
  return absl::nullopt;
}

// A block that was read: either the block and its entries, or a flaw.
struct ReadResult {
  absl::optional<Block> block;
  std::vector<LedgerEntry> entries;
  absl::optional<Flaw> flaw;
};

ReadResult ReadBlock(const StoreCursor& cursor, const CheckedBlocks& before) {
  ReadResult read;
  read.flaw = CheckKey(cursor.key(), before.tail);
  if (read.flaw.has_value()) return read;
  const Position position = PositionOfKey(cursor.key());
  auto block = Block::Parse(cursor.value());
  absl::Status status = block.status();
  if (status.ok()) status = CheckFollows(*block, before.ledger_id, before.tail);
  if (!status.ok()) {
    read.flaw = Flaw{position, std::string(status.message())};
    return read;
  }
  auto entries = block->Decode();
  if (!entries.ok()) {
    read.flaw = Flaw{position, std::string(entries.status().message())};
    return read;
  }
  read.block = *std::move(block);
  read.entries = *std::move(entries);
  return read;
}

}  // namespace

absl::StatusOr<CheckedBlocks> CheckBlocks(const Store& store, TableId blocks,
                                          const LedgerId& ledger_id, VisitBlock visit) {
  CheckedBlocks checked;
  checked.ledger_id = ledger_id;
  const auto cursor = store.NewCursor(blocks);
  for (cursor->SeekToFirst(); cursor->valid(); cursor->Next()) {
    const ReadResult read = ReadBlock(*cursor, checked);
    if (!read.block.has_value()) {
      checked.flaw = read.flaw;
      return checked;
    }
    const absl::Status visited = visit(*read.block, read.entries);
    if (!visited.ok()) return visited;
    checked.ledger_id = read.block->ledger_id();
    checked.tail = read.block->tail();
  }
  const absl::Status ended = cursor->status();
  if (ended.code() == absl::StatusCode::kDataLoss) {
    checked.flaw = Flaw{checked.tail.position + 1, std::string(ended.message())};
  } else if (!ended.ok()) {
    return ended;
  }
  return checked;
}

}  // namespace repatriation
