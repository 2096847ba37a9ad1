#include "query_service/core/replica.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/log.h"

namespace repatriation {
namespace {

// Tables of the store.
constexpr TableId kBlocks = 0;
constexpr TableId kViewDeltas = 1;  // last position of a block -> ViewDelta
constexpr TableId kIds = 2;         // id -> position

constexpr size_t kCachedBlocks = 64;

}  // namespace

absl::StatusOr<std::unique_ptr<Replica>> Replica::Open(StoreOptions options) {
  options.tables = {{"blocks", TableUse::kSequential},
                    {"view_deltas", TableUse::kSequential},
                    {"ids", TableUse::kPointLookups}};
  auto store = Store::Open(options);
  if (!store.ok()) return store.status();
  std::unique_ptr<Replica> replica(new Replica(*std::move(store)));
  const absl::Status loaded = replica->Load();
  if (!loaded.ok()) return Annotate(loaded, options.path);
  return replica;
}

Replica::Replica(std::unique_ptr<Store> store)
    : store_(std::move(store)),
      blocks_(store_.get(), kBlocks),
      cache_([this](Position position) { return blocks_.ReadBlockOf(position); }, kCachedBlocks) {}

absl::Status Replica::Load() {
  const auto cursor = store_->NewCursor(kViewDeltas);
  for (cursor->SeekToFirst(); cursor->valid(); cursor->Next()) {
    const auto delta = DecodeViewDelta(PositionOfKey(cursor->key()), cursor->value());
    if (!delta.ok()) return delta.status();
    const absl::Status applied = view_.Apply(*delta);
    if (!applied.ok()) return applied;
  }
  if (!cursor->status().ok()) return cursor->status();
  const auto last_block = blocks_.Tail();
  if (!last_block.ok()) return last_block.status();
  if (*last_block != tail()) {
    return absl::DataLossError(absl::StrCat("the copy's blocks end at position ",
                                            last_block->position, ", its view at ",
                                            tail().position));
  }
  const auto id = blocks_.FirstLedgerId();
  if (!id.ok()) return id.status();
  ledger_id_ = *id;
  return absl::OkStatus();
}

LedgerId Replica::ledger_id() const {
  const std::lock_guard lock(mutex_);
  return ledger_id_;
}

LedgerTail Replica::tail() const { return LedgerView::Reader(view_).tail(); }

absl::Status Replica::Apply(absl::string_view block_bytes) {
  const auto block = Block::Parse(block_bytes);
  if (!block.ok()) return block.status();
  const absl::Status follows = CheckFollows(*block, ledger_id(), tail());
  if (!follows.ok()) {
    const std::string reason = ReasonOf(follows);
    if (reason == "LEDGER_ID_MISMATCH" || reason == "HASH_MISMATCH") Diverge(follows);
    return follows;
  }
  const auto entries = block->Decode();
  if (!entries.ok()) return entries.status();
  std::shared_ptr<const DecodedBlock> source;  // keeps what the views refer to
  const auto delta =
      view_.Plan(*entries, block->tail(), [&](Position position) -> absl::StatusOr<EventContent> {
        auto found = BlockOf(position);
        if (!found.ok()) return found.status();
        source = *std::move(found);
        return source->At(position).event;
      });
  if (!delta.ok()) return delta.status();
  const absl::Status written = Write(*block, *entries, *delta);
  if (!written.ok()) return written;
  {
    const std::lock_guard lock(mutex_);
    ledger_id_ = block->ledger_id();
  }
  return view_.Apply(*delta);
}

absl::Status Replica::Write(const Block& block, const std::vector<LedgerEntry>& entries,
                            const ViewDelta& delta) {
  StoreBatch batch;
  blocks_.Put(batch, block);
  batch.Put(kViewDeltas, PositionKey(block.last_position()), EncodeViewDelta(delta));
  for (const LedgerEntry& entry : entries) {
    batch.Put(kIds, entry.id, PositionKey(entry.position));
  }
  return store_->Write(batch, Durability::kBuffered);
}

void Replica::Diverge(const absl::Status& why) {
  const std::lock_guard lock(mutex_);
  if (!divergence_.ok()) return;
  divergence_ = WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "this copy does not follow from its ledger and must be rebuilt from an empty directory: ",
          why.message())),
      "REPLICA_DIVERGED");
  LogError(divergence_.message());
}

absl::Status Replica::divergence() const {
  const std::lock_guard lock(mutex_);
  return divergence_;
}

absl::StatusOr<absl::optional<Position>> Replica::FindId(absl::string_view id) const {
  const auto value = store_->Get(kIds, id);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return absl::optional<Position>();
  if ((*value)->size() != 8) return absl::DataLossError("a position in the id table is damaged");
  const Position position = PositionOfKey(**value);
  // Written with the block just before the view follows: not there yet.
  if (position > tail().position) return absl::optional<Position>();
  return absl::optional<Position>(position);
}

}  // namespace repatriation
