// The cost of the hot paths of an append, in batches of 1,000 events of
// `repatctl load`: validation, encoding and decoding a block, and looking up ids in
// the index.

#include <benchmark/benchmark.h>
#include <google/protobuf/arena.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "common/domain/day.h"
#include "common/id_index/id_index.h"
#include "common/ledger/block.h"
#include "ingest_service/core/batch.h"
#include "tests/common/testing/temp_dir.h"
#include "tools/repatctl/load/load_events.h"

namespace repatriation {
namespace {

constexpr int kBatch = 1'000;
constexpr uint64_t kSeed = 1;

// Aborts on an error, since a benchmark cannot return one.
void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::abort();
}

void CountEvents(benchmark::State& state) { state.SetItemsProcessed(state.iterations() * kBatch); }

// A request in wire format.
std::string RequestBytes() {
  v1::AppendEventsRequest request;
  for (uint64_t index = 0; index < kBatch; ++index) {
    FillLoadEvent(kSeed, index, *request.add_submissions()->mutable_event());
  }
  return request.SerializeAsString();
}

// The same, parsed onto an arena as in the service.
class CheckedRequest {
 public:
  CheckedRequest()
      : request_(*google::protobuf::Arena::CreateMessage<v1::AppendEventsRequest>(&arena_)),
        bytes_(RequestBytes()) {
    if (!request_.ParseFromString(bytes_)) std::abort();
  }

  CheckedBatch CheckAll() const {
    auto batch = CheckBatch(request_.submissions(), bytes_.size(), kBatch, *ParseDay("2024-01-01"));
    Check(batch.status());
    return *std::move(batch);
  }

 private:
  google::protobuf::Arena arena_;
  v1::AppendEventsRequest& request_;
  const std::string bytes_;
};

void ParseRequest(benchmark::State& state) {
  const std::string bytes = RequestBytes();
  for (auto _ : state) {
    google::protobuf::Arena arena;
    auto* request = google::protobuf::Arena::CreateMessage<v1::AppendEventsRequest>(&arena);
    if (!request->ParseFromString(bytes)) std::abort();
    benchmark::DoNotOptimize(request);
  }
  CountEvents(state);
}
BENCHMARK(ParseRequest);

void ValidateBatch(benchmark::State& state) {
  const CheckedRequest request;
  for (auto _ : state) benchmark::DoNotOptimize(request.CheckAll());
  CountEvents(state);
}
BENCHMARK(ValidateBatch);

std::string BlockOf(const CheckedBatch& batch, const LedgerId& ledger_id) {
  BlockBuilder builder(ledger_id, LedgerTail(), 1);
  for (const ValidSubmission& submission : batch.submissions) builder.Add(submission.entry);
  return builder.Finish();
}

void EncodeBlock(benchmark::State& state) {
  const CheckedRequest request;
  const CheckedBatch batch = request.CheckAll();
  const LedgerId ledger_id = LedgerId::Random();
  for (auto _ : state) benchmark::DoNotOptimize(BlockOf(batch, ledger_id));
  CountEvents(state);
}
BENCHMARK(EncodeBlock);

void ParseAndDecodeBlock(benchmark::State& state) {
  const CheckedRequest request;
  const std::string bytes = BlockOf(request.CheckAll(), LedgerId::Random());
  for (auto _ : state) {
    const auto block = Block::Parse(bytes);
    Check(block.status());
    const auto entries = block->Decode();
    Check(entries.status());
    benchmark::DoNotOptimize(entries->data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
  CountEvents(state);
}
BENCHMARK(ParseAndDecodeBlock);

// An index of the fingerprints of the numbers from 1.
class NumberedIds {
 public:
  NumberedIds() { Open(); }

  static Fingerprint IdOf(Position number) {
    return FingerprintOf({reinterpret_cast<const char*>(&number), sizeof number});
  }

  // Reopens the index, which flushes full tables to disk.
  void Open() {
    const Position tail = index_ == nullptr ? 0 : index_->last_position();
    index_.reset();
    auto opened = IdIndex::Open(options_, ledger_id_, tail);
    Check(opened.status());
    index_ = *std::move(opened);
  }

  void AddUpTo(Position last) {
    while (index_->last_position() < last) Check(index_->Add(IdOf(index_->last_position() + 1)));
  }

  // Looks up a batch of ids like the decider.
  void FindBatch(Position first) {
    for (Position number = first; number < first + kBatch; ++number) index_->Prefetch(IdOf(number));
    for (Position number = first; number < first + kBatch; ++number) {
      Check(index_->Find(IdOf(number), found_));
      benchmark::DoNotOptimize(found_.data());
    }
  }

  Position last() const { return index_->last_position(); }
  size_t run_ids() const { return options_.run_ids; }
  // True if the last lookup found exactly `number`.
  bool LastFoundIs(Position number) const { return found_.size() == 1 && found_[0] == number; }

 private:
  const TempDir dir_;
  const LedgerId ledger_id_ = LedgerId::Random();
  const IdIndexOptions options_{.path = dir_.path() + "/ids"};
  std::unique_ptr<IdIndex> index_;
  std::vector<Position> found_;
};

// Includes writing and merging runs, once there are many.
void FindAndAddNewIds(benchmark::State& state) {
  NumberedIds ids;
  for (auto _ : state) {
    ids.FindBatch(ids.last() + 1);
    ids.AddUpTo(ids.last() + kBatch);
  }
  CountEvents(state);
}
BENCHMARK(FindAndAddNewIds);

// Looks up batches of known ids, spread over the whole index.
void FindKnown(benchmark::State& state, NumberedIds& ids) {
  const Position batches = ids.last() / kBatch;
  Position batch = 0;
  for (auto _ : state) {
    // A prime step, so that consecutive lookups are not adjacent in the index.
    batch = (batch + 7'919) % batches;
    ids.FindBatch(1 + batch * kBatch);
    if (!ids.LastFoundIs((batch + 1) * kBatch)) std::abort();
  }
  CountEvents(state);
}

// As for retries: the ids are still in memory.
void FindRecentIds(benchmark::State& state) {
  NumberedIds ids;
  ids.AddUpTo(static_cast<Position>(ids.run_ids()) - 1);
  FindKnown(state, ids);
}
BENCHMARK(FindRecentIds);

// As for old events: four runs on disk, in the page cache.
void FindOldIds(benchmark::State& state) {
  NumberedIds ids;
  ids.AddUpTo(static_cast<Position>(ids.run_ids()) * 4);
  ids.Open();
  FindKnown(state, ids);
}
BENCHMARK(FindOldIds);

}  // namespace
}  // namespace repatriation
