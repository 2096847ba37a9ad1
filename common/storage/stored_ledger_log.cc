#include "common/storage/stored_ledger_log.h"

#include <cassert>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"

namespace repatriation {
namespace {

constexpr absl::string_view kIdKey = "ledger_id";

absl::StatusOr<LedgerId> ReadOrCreateId(Store* store, TableId meta, bool has_blocks) {
  const auto stored = store->Get(meta, kIdKey);
  if (!stored.ok()) return stored.status();
  if (stored->has_value()) {
    if ((*stored)->size() != LedgerId::kBytes) return absl::DataLossError("ledger id is damaged");
    return LedgerId::FromBytes(**stored);
  }
  if (has_blocks) return absl::DataLossError("the ledger holds blocks but no ledger id");
  const LedgerId id = LedgerId::Random();
  StoreBatch batch;
  batch.Put(meta, kIdKey, std::string(id.bytes()));
  const absl::Status written = store->Write(batch, Durability::kSynced);
  if (!written.ok()) return written;
  return id;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StoredLedgerLog>> StoredLedgerLog::Open(Store* store, TableId meta,
                                                                       TableId blocks) {
  const BlockTable table(store, blocks);
  const auto tail = table.Tail();
  if (!tail.ok()) return tail.status();
  const auto id = ReadOrCreateId(store, meta, tail->position > 0);
  if (!id.ok()) return id.status();
  const auto first = table.FirstLedgerId();
  if (!first.ok()) return first.status();
  if (!first->empty() && *first != *id) {
    return absl::DataLossError(absl::StrCat("the ledger is ", id->ToString(),
                                            " but its blocks belong to ", first->ToString()));
  }
  return std::unique_ptr<StoredLedgerLog>(new StoredLedgerLog(store, table, *id, *tail));
}

LedgerTail StoredLedgerLog::tail() const {
  const std::lock_guard lock(mutex_);
  return tail_;
}

absl::Status StoredLedgerLog::Append(const Block& block) {
  if (!failure_.ok()) return failure_;
  assert(CheckFollows(block, id_, tail()).ok());
  StoreBatch batch;
  blocks_.Put(batch, block);
  const absl::Status written = store_->Write(batch, Durability::kSynced);
  if (!written.ok()) {
    failure_ = Annotate(written, "the ledger takes no more entries until a restart");
    return failure_;
  }
  const std::lock_guard lock(mutex_);
  tail_ = block.tail();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> StoredLedgerLog::ReadAfter(Position position,
                                                                    size_t bytes_max) const {
  return blocks_.ReadAfter(position, tail().position, bytes_max);
}

absl::StatusOr<std::string> StoredLedgerLog::ReadBlockOf(Position position) const {
  if (position < 1 || position > tail().position) {
    return absl::OutOfRangeError(absl::StrCat("the ledger holds no position ", position));
  }
  return blocks_.ReadBlockOf(position);
}

}  // namespace repatriation
