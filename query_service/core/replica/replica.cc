#include "query_service/core/replica/replica.h"

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/ledger/entry_walk.h"
#include "common/proof/ledger_hash.h"
#include "common/storage/data_directory.h"
#include "query_service/core/view/view_planner.h"

namespace repatriation {
namespace {

constexpr TableId kBlocks = ReplicaTables::kBlocks;
constexpr TableId kViewDeltas = ReplicaTables::kViewDeltas;

constexpr size_t kCachedBlocks = 64;

// Size of a batch of deltas for LedgerView::Load(): half a million postings if blocks are
// large.
constexpr size_t kLoadBatchBytes = size_t{4} << 20;

size_t BytesOf(const ViewDelta& delta) {
  return sizeof(delta) + delta.postings.size() * sizeof(Posting);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Replica>> Replica::Open(const std::string& path, StoreOptions store,
                                                       IdIndexOptions ids,
                                                       size_t saved_totals_postings_min) {
  store.path = StorePath(path);
  store.tables = ReplicaTables::Specs();
  // The log is not synced; lost blocks are fetched again.
  store.damaged_log = DamagedLog::kRecoverPrefix;
  ids.path = IdsPath(path);
  auto opened = Store::Open(store);
  if (!opened.ok()) return opened.status();
  std::unique_ptr<Replica> replica(
      new Replica(*std::move(opened), std::move(ids), saved_totals_postings_min));
  const absl::Status loaded = replica->LoadView();
  if (!loaded.ok()) return Annotate(loaded, store.path);
  const auto id = replica->blocks_.FirstLedgerId();
  if (!id.ok()) return Annotate(id.status(), store.path);
  {
    const MutexLock lock(replica->mutex_);
    replica->ledger_id_ = *id;
  }
  if (!id->empty()) {
    const absl::Status ids_opened = replica->OpenIds(*id);
    if (!ids_opened.ok()) return ids_opened;
  }
  return replica;
}

IdIndexOptions Replica::DefaultIdOptions() {
  IdIndexOptions options;
  options.filter_bytes = size_t{16} << 20;
  return options;
}

Replica::Replica(std::unique_ptr<Store> store, IdIndexOptions id_options,
                 size_t saved_totals_postings_min)
    : store_(std::move(store)),
      blocks_(store_.get(), kBlocks),
      view_(saved_totals_postings_min),
      cache_([this](Position position) { return blocks_.ReadBlockOf(position); }, kCachedBlocks),
      id_options_(std::move(id_options)) {}

// Runs on its own thread, while ApplyDeltas() applies earlier batches.
absl::Status Replica::ReadDeltas(BoundedQueue<std::vector<ViewDelta>>& to) const {
  const auto cursor = store_->NewCursor(kViewDeltas);
  std::vector<ViewDelta> deltas;
  size_t bytes = 0;
  for (cursor->SeekToFirst(); cursor->valid(); cursor->Next()) {
    auto delta = DecodeViewDelta(PositionOfKey(cursor->key()), cursor->value());
    if (!delta.ok()) return delta.status();
    bytes += BytesOf(*delta);
    deltas.push_back(*std::move(delta));
    if (bytes < kLoadBatchBytes) continue;
    if (!to.Push(std::exchange(deltas, {}))) return absl::OkStatus();
    bytes = 0;
  }
  if (!cursor->status().ok()) return cursor->status();
  if (!deltas.empty() && !to.Push(std::move(deltas))) return absl::OkStatus();
  return absl::OkStatus();
}

absl::Status Replica::ApplyDeltas(BoundedQueue<std::vector<ViewDelta>>& from) {
  while (const auto deltas = from.Pop()) {
    const absl::Status loaded = view_.Load(*deltas);
    if (!loaded.ok()) return loaded;
    const MutexLock lock(mutex_);
    tail_ = deltas->back().tail;
  }
  return absl::OkStatus();
}

absl::Status Replica::LoadView() {
  BoundedQueue<std::vector<ViewDelta>> batches(/*values_max=*/2);
  absl::Status read;
  std::thread reader([&] {
    read = ReadDeltas(batches);
    batches.Finish();
  });
  const absl::Status applied = ApplyDeltas(batches);
  batches.Close();
  reader.join();
  if (!applied.ok()) return applied;
  if (!read.ok()) return read;
  const auto last_block = blocks_.Tail();
  if (!last_block.ok()) return last_block.status();
  if (*last_block != tail()) {
    return absl::DataLossError(absl::StrCat("the stored blocks end at position ",
                                            last_block->position, ", the stored view at ",
                                            tail().position));
  }
  return absl::OkStatus();
}

absl::Status Replica::OpenIds(const LedgerId& ledger_id) {
  auto ids = IdIndex::Open(id_options_, ledger_id, tail().position);
  if (!ids.ok()) return ids.status();
  const absl::Status completed = CompleteIds(**ids);
  if (!completed.ok()) return completed;
  const WriterLock lock(ids_mutex_);
  ids_ = *std::move(ids);
  return absl::OkStatus();
}

LedgerId Replica::ledger_id() const {
  const MutexLock lock(mutex_);
  return ledger_id_;
}

LedgerTail Replica::tail() const {
  const MutexLock lock(mutex_);
  return tail_;
}

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
  const auto delta = PlanBlock(view_, *block, *entries, cache_);
  if (!delta.ok()) return delta.status();
  if (!has_ids()) {
    const absl::Status opened = OpenIds(block->ledger_id());
    if (!opened.ok()) return opened;
  }
  StoreBatch batch;
  blocks_.Put(batch, *block);
  batch.Put(kViewDeltas, PositionKey(block->last_position()), EncodeViewDelta(*delta));
  HitFailpoint("replica.before_write");
  const absl::Status written = store_->Write(batch, Durability::kBuffered);
  if (!written.ok()) return written;
  HitFailpoint("replica.after_write");
  const absl::Status applied = view_.Apply(*delta);
  if (!applied.ok()) return applied;
  {
    const MutexLock lock(mutex_);
    ledger_id_ = block->ledger_id();
    tail_ = block->tail();
  }
  HitFailpoint("replica.before_ids");
  return AddIds(*entries);
}

absl::Status Replica::AddIds(const std::vector<LedgerEntry>& entries) {
  const WriterLock lock(ids_mutex_);
  if (ids_->last_position() + 1 != entries.front().position) return CompleteIds(*ids_);
  std::vector<Fingerprint> fingerprints;
  fingerprints.reserve(entries.size());
  for (const LedgerEntry& entry : entries) fingerprints.push_back(FingerprintOf(entry.id));
  return ids_->AddAll(fingerprints);
}

absl::Status Replica::CompleteIds(IdIndex& ids) const {
  const Position last = tail().position;
  const BlockReads reads{
      [this](Position position) { return blocks_.ReadBlockOf(position); },
      [&](Position after, size_t bytes) { return blocks_.ReadAfter(after, last, bytes); }};
  return ForEachEntryAfter(reads, ids.last_position(), last, [&](const LedgerEntry& entry) {
    return ids.Add(FingerprintOf(entry.id));
  });
}

void Replica::Diverge(const absl::Status& why) {
  const MutexLock lock(mutex_);
  if (!divergence_.ok()) return;
  divergence_ = WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "this replica has diverged from its ledger and must be rebuilt from an empty directory: ",
          why.message())),
      "REPLICA_DIVERGED");
  LogError(divergence_.message());
}

absl::Status Replica::divergence() const {
  const MutexLock lock(mutex_);
  return divergence_;
}

absl::StatusOr<v1::GetLedgerHashResponse> Replica::GetLedgerHash(
    const v1::GetLedgerHashRequest& request) const {
  LedgerId id;
  Position last = 0;
  {
    // Under one lock: the first block sets both.
    const MutexLock lock(mutex_);
    id = ledger_id_;
    last = tail_.position;
  }
  return LedgerHashAt(request, id, last,
                      [this](Position position) { return blocks_.ReadBlockOf(position); });
}

absl::StatusOr<LedgerTail> Replica::RecheckBlocks(const LedgerTail& from, size_t bytes_max) const {
  return blocks_.CheckAfter(from, ledger_id(), tail().position, bytes_max,
                            [](size_t) { return absl::OkStatus(); });
}

absl::StatusOr<absl::optional<Position>> Replica::FindId(absl::string_view id) const {
  std::vector<Position> candidates;
  {
    const ReaderLock lock(ids_mutex_);
    if (ids_ == nullptr) return absl::optional<Position>();
    const absl::Status found = ids_->Find(FingerprintOf(id), candidates);
    if (!found.ok()) return found;
  }
  for (const Position position : candidates) {
    const auto block = BlockOf(position);
    if (!block.ok()) return block.status();
    if ((*block)->At(position).id == id) return absl::optional<Position>(position);
  }
  return absl::optional<Position>();
}

}  // namespace repatriation
