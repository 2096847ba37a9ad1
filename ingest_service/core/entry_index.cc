#include "ingest_service/core/entry_index.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/log.h"
#include "common/ledger/entry_walk.h"
#include "common/storage/block_table.h"

namespace repatriation {
namespace {

constexpr absl::string_view kVoidedThroughKey = "voided_through";
// A retried batch reads the same few blocks repeatedly.
constexpr size_t kCachedBlocks = 16;

absl::StatusOr<absl::optional<Position>> GetPosition(const Store& store, TableId table,
                                                     absl::string_view key) {
  const auto value = store.Get(table, key);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return absl::optional<Position>();
  if ((*value)->size() != 8) {
    return absl::DataLossError("a position in the voiding index is damaged");
  }
  return absl::optional<Position>(PositionOfKey(**value));
}

}  // namespace

absl::StatusOr<std::unique_ptr<EntryIndex>> EntryIndex::Open(Store* store, const Tables& tables,
                                                             const IdIndexOptions& ids,
                                                             const LedgerLog* log) {
  std::unique_ptr<EntryIndex> index(new EntryIndex(store, tables, log));
  const Position tail = log->tail().position;
  const auto voided_through = ReadVoidedThrough(*store, tables.meta);
  if (!voided_through.ok()) return voided_through.status();
  if (*voided_through > tail) {
    return absl::DataLossError(absl::StrCat("the voiding index reaches position ", *voided_through,
                                            ", but the ledger ends at ", tail));
  }
  auto opened = IdIndex::Open(ids, log->id(), tail);
  if (absl::IsDataLoss(opened.status())) {
    return Annotate(opened.status(), absl::StrCat("the id index is damaged; remove ", ids.path,
                                                  " to rebuild it from the ledger"));
  }
  if (!opened.ok()) return opened.status();
  index->ids_ = *std::move(opened);
  const absl::Status completed = index->CompleteFrom(*log, *voided_through);
  if (!completed.ok()) return completed;
  return index;
}

EntryIndex::EntryIndex(Store* store, const Tables& tables, const LedgerLog* log)
    : store_(store),
      tables_(tables),
      cache_([log](Position position) { return log->ReadBlockOf(position); }, kCachedBlocks) {}

absl::StatusOr<Position> EntryIndex::ReadVoidedThrough(const Store& store, TableId meta) {
  const auto stored = GetPosition(store, meta, kVoidedThroughKey);
  if (!stored.ok()) return stored.status();
  return stored->value_or(0);
}

absl::Status EntryIndex::CompleteFrom(const LedgerLog& log, Position voided_through) {
  const Position tail = log.tail().position;
  const Position from = std::min(ids_->last_position(), voided_through);
  if (from < tail) {
    LogInfo("completing the indexes from position ", ids_->last_position(), " to ", tail);
  }
  const BlockReads reads{[&](Position position) { return log.ReadBlockOf(position); },
                         [&](Position after, size_t bytes) { return log.ReadAfter(after, bytes); }};
  const absl::Status completed =
      ForEachEntryAfter(reads, from, tail, [&](const LedgerEntry& entry) {
        absl::Status status;
        if (entry.position > ids_->last_position()) status = ids_->Add(FingerprintOf(entry.id));
        if (entry.type == EntryType::kVoiding && entry.position > voided_through) {
          status.Update(AddVoidings({&entry}, entry.position));
        }
        return status;
      });
  if (!completed.ok() || voided_through == tail) return completed;
  return AddVoidings({}, tail);
}

absl::StatusOr<absl::optional<Position>> EntryIndex::Find(absl::string_view id,
                                                          Fingerprint fingerprint) {
  const absl::Status found = ids_->Find(fingerprint, candidates_);
  if (!found.ok()) return found;
  for (const Position position : candidates_) {
    const auto block = cache_.BlockOf(position);
    if (!block.ok()) return block.status();
    if ((*block)->At(position).id == id) return absl::optional<Position>(position);
  }
  return absl::optional<Position>();
}

absl::StatusOr<absl::optional<Position>> EntryIndex::VoidedAt(Position position) const {
  return GetPosition(*store_, tables_.voided, PositionKey(position));
}

absl::Status EntryIndex::AddVoidings(absl::Span<const LedgerEntry* const> voidings,
                                     Position through) {
  StoreBatch batch;
  for (const LedgerEntry* voiding : voidings) {
    batch.Put(tables_.voided, PositionKey(voiding->target_position),
              PositionKey(voiding->position));
  }
  batch.Put(tables_.meta, kVoidedThroughKey, PositionKey(through));
  return store_->Write(batch, Durability::kBuffered);
}

}  // namespace repatriation
