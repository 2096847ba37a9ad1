#include "ingest_service/core/id_index.h"

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/storage/block_table.h"

namespace repatriation {
namespace {

constexpr absl::string_view kBuiltThroughKey = "id_index_built_through";
constexpr size_t kCompletionBytes = 4 << 20;

}  // namespace

absl::StatusOr<std::unique_ptr<IdIndex>> IdIndex::Open(Store* store, const Tables& tables,
                                                       const LedgerLog* log) {
  std::unique_ptr<IdIndex> index(new IdIndex(store, tables));
  const absl::Status completed = index->CompleteFrom(*log);
  if (!completed.ok()) return completed;
  return index;
}

absl::Status IdIndex::CompleteFrom(const LedgerLog& log) {
  const auto stored = GetPosition(tables_.meta, kBuiltThroughKey);
  if (!stored.ok()) return stored.status();
  Position built_through = stored->value_or(0);
  const Position tail = log.tail().position;
  if (built_through > tail) {
    return absl::DataLossError(absl::StrCat("the id index reaches position ", built_through,
                                            " but the ledger ends at ", tail));
  }
  if (built_through < tail) {
    LogInfo("completing the id index from position ", built_through, " to ", tail);
  }
  while (built_through < tail) {
    const auto blocks = log.ReadAfter(built_through, kCompletionBytes);
    if (!blocks.ok()) return blocks.status();
    for (const std::string& bytes : *blocks) {
      const auto block = Block::Parse(bytes);
      if (!block.ok()) return block.status();
      const auto entries = block->Decode();
      if (!entries.ok()) return entries.status();
      const absl::Status added = Add(*entries);
      if (!added.ok()) return added;
      built_through = block->last_position();
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::optional<Position>> IdIndex::GetPosition(TableId table,
                                                              absl::string_view key) const {
  const auto value = store_->Get(table, key);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return absl::optional<Position>();
  if ((*value)->size() != 8) return absl::DataLossError("a position in the id index is damaged");
  return absl::optional<Position>(PositionOfKey(**value));
}

absl::StatusOr<absl::optional<Position>> IdIndex::Find(absl::string_view id) const {
  return GetPosition(tables_.ids, id);
}

absl::StatusOr<absl::optional<Position>> IdIndex::VoidedAt(Position position) const {
  return GetPosition(tables_.voided, PositionKey(position));
}

absl::Status IdIndex::Add(absl::Span<const LedgerEntry> entries) {
  if (entries.empty()) return absl::OkStatus();
  StoreBatch batch;
  for (const LedgerEntry& entry : entries) {
    batch.Put(tables_.ids, entry.id, PositionKey(entry.position));
    if (entry.type == EntryType::kVoiding) {
      batch.Put(tables_.voided, PositionKey(entry.target_position), PositionKey(entry.position));
    }
  }
  batch.Put(tables_.meta, kBuiltThroughKey, PositionKey(entries.back().position));
  return store_->Write(batch, Durability::kBuffered);
}

}  // namespace repatriation
