#include "common/storage/stored_ledger_log.h"

#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/failpoint.h"

namespace repatriation {
namespace {

constexpr absl::string_view kIdKey = "ledger_id";

absl::StatusOr<LedgerId> ReadOrCreateId(Store* store, TableId meta, bool has_blocks) {
  const auto stored = StoredLedgerLog::ReadId(*store, meta);
  if (!stored.ok() || !stored->empty()) return stored;
  if (has_blocks) {
    return absl::DataLossError(
        absl::StrCat(store->path(), ": the ledger has blocks but no ledger id"));
  }
  const LedgerId id = LedgerId::Random();
  StoreBatch batch;
  batch.Put(meta, kIdKey, std::string(id.bytes()));
  const absl::Status written = store->Write(batch, Durability::kSynced);
  if (!written.ok()) return written;
  return id;
}

absl::Status Missing(const Store& store, const TailNote& note, absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat(store.path(), ": ", what, ", but position ", note.acknowledged()->position,
                   " of ledger ", note.acknowledged()->ledger_id.ToString(), ", hash ",
                   Hex(note.acknowledged()->hash), ", was acknowledged according to ", note.path(),
                   "; restore a backup, or remove that file to continue without what is missing"));
}

// Checks that `blocks` of `store`, which end at `tail`, have what `note` says was
// acknowledged.
absl::Status CheckAcknowledged(const Store& store, const BlockTable& blocks, const LedgerTail& tail,
                               const TailNote& note) {
  if (!note.acknowledged().has_value() || note.acknowledged()->position == 0)
    return absl::OkStatus();
  const AcknowledgedTail& acknowledged = *note.acknowledged();
  if (tail.position < acknowledged.position) {
    return Missing(store, note, absl::StrCat("the ledger ends at position ", tail.position));
  }
  const auto bytes = blocks.ReadBlockOf(acknowledged.position);
  if (!bytes.ok()) return bytes.status();
  const auto block = Block::Parse(*bytes);
  if (!block.ok()) return block.status();
  if (block->last_position() == acknowledged.position && block->hash() == acknowledged.hash) {
    return absl::OkStatus();
  }
  return Missing(store, note,
                 absl::StrCat("the ledger has another history: its block ", block->first_position(),
                              " to ", block->last_position(), " has hash ", Hex(block->hash())));
}

}  // namespace

absl::StatusOr<LedgerId> StoredLedgerLog::ReadId(const Store& store, TableId meta) {
  const auto stored = store.Get(meta, kIdKey);
  if (!stored.ok()) return stored.status();
  if (!stored->has_value()) return LedgerId();
  if ((*stored)->size() != LedgerId::kBytes) {
    return absl::DataLossError(absl::StrCat(store.path(), ": the ledger id is damaged"));
  }
  return LedgerId::FromBytes(**stored);
}

absl::Status StoredLedgerLog::CheckBeforeOpen(const StoreOptions& options, TableId blocks,
                                              const TailNote& note) {
  if (!note.acknowledged().has_value() || note.acknowledged()->position == 0)
    return absl::OkStatus();
  StoreOptions read_options = options;
  read_options.damaged_log = DamagedLog::kRecoverPrefix;
  const auto store = Store::OpenForReading(read_options);
  if (absl::IsNotFound(store.status())) return absl::DataLossError(store.status().message());
  if (!store.ok()) return store.status();
  const BlockTable table(store->get(), blocks);
  const auto tail = table.Tail();
  if (!tail.ok()) return tail.status();
  return CheckAcknowledged(**store, table, *tail, note);
}

absl::StatusOr<std::unique_ptr<StoredLedgerLog>> StoredLedgerLog::Open(
    Store* store, TableId meta, TableId blocks, std::unique_ptr<TailNote> note) {
  const BlockTable table(store, blocks);
  const auto tail = table.Tail();
  if (!tail.ok()) return tail.status();
  const absl::Status whole = CheckAcknowledged(*store, table, *tail, *note);
  if (!whole.ok()) return whole;
  const auto id = ReadOrCreateId(store, meta, tail->position > 0);
  if (!id.ok()) return id.status();
  const auto first = table.FirstLedgerId();
  if (!first.ok()) return first.status();
  if (!first->empty() && *first != *id) {
    return absl::DataLossError(absl::StrCat(store->path(), ": the ledger id is ", id->ToString(),
                                            ", but the blocks belong to ", first->ToString()));
  }
  const absl::Status written = note->Write({*id, tail->position, tail->hash});
  if (!written.ok()) return written;
  return std::unique_ptr<StoredLedgerLog>(
      new StoredLedgerLog(store, table, *id, *tail, std::move(note)));
}

LedgerTail StoredLedgerLog::tail() const {
  const MutexLock lock(mutex_);
  return tail_;
}

absl::Status StoredLedgerLog::Append(const Block& block) {
  if (!failure_.ok()) return failure_;
  assert(CheckFollows(block, id_, tail()).ok());
  StoreBatch batch;
  blocks_.Put(batch, block);
  HitFailpoint("ledger.before_write");
  absl::Status written = store_->Write(batch, Durability::kSynced);
  HitFailpoint("ledger.after_sync");
  if (written.ok()) written = note_->Write({id_, block.last_position(), block.hash()});
  if (!written.ok()) {
    failure_ = Annotate(written, "the ledger takes no more entries until a restart");
    return failure_;
  }
  const MutexLock lock(mutex_);
  tail_ = block.tail();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> StoredLedgerLog::ReadAfter(Position position,
                                                                    size_t bytes_max) const {
  return blocks_.ReadAfter(position, tail().position, bytes_max);
}

absl::StatusOr<std::string> StoredLedgerLog::ReadBlockOf(Position position) const {
  if (position < 1 || position > tail().position) {
    return absl::OutOfRangeError(absl::StrCat("the ledger has no position ", position));
  }
  return blocks_.ReadBlockOf(position);
}

}  // namespace repatriation
