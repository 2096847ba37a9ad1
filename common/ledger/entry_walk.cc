#include "common/ledger/entry_walk.h"

#include "common/ledger/block.h"

namespace repatriation {
namespace {

constexpr size_t kReadBytes = 4 << 20;

// Visits the block's entries in (after, tail] and advances `after` to its end.
absl::Status VisitBlock(const std::string& bytes, Position& after, Position tail,
                        absl::FunctionRef<absl::Status(const LedgerEntry&)> visit) {
  const auto block = Block::Parse(bytes);
  if (!block.ok()) return block.status();
  const auto entries = block->Decode();
  if (!entries.ok()) return entries.status();
  for (const LedgerEntry& entry : *entries) {
    if (entry.position <= after || entry.position > tail) continue;
    const absl::Status visited = visit(entry);
    if (!visited.ok()) return visited;
  }
  after = block->last_position();
  return absl::OkStatus();
}

}  // namespace

absl::Status ForEachEntryAfter(const BlockReads& reads, Position after, Position tail,
                               absl::FunctionRef<absl::Status(const LedgerEntry&)> visit) {
  if (after >= tail) return absl::OkStatus();
  const auto first = reads.block_of(after + 1);
  if (!first.ok()) return first.status();
  absl::Status status = VisitBlock(*first, after, tail, visit);
  while (status.ok() && after < tail) {
    const auto blocks = reads.after(after, kReadBytes);
    if (!blocks.ok()) return blocks.status();
    for (const std::string& bytes : *blocks) {
      if (status.ok()) status = VisitBlock(bytes, after, tail, visit);
    }
  }
  return status;
}

}  // namespace repatriation
