// The cost of the query service's view: applying blocks, and answering dashboard
// queries, now and as known in the past. The ledger has REPAT_BENCH_EVENTS events
// (default: a million) with the distribution of `repatctl load`.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "ingest_service/core/validate.h"
#include "query_service/core/query_core.h"
#include "query_service/core/replica/replica.h"
#include "query_service/core/view/view_planner.h"
#include "tests/common/testing/temp_dir.h"
#include "tools/repatctl/load/load_events.h"

namespace repatriation {
namespace {

constexpr uint64_t kSeed = 1;
constexpr int64_t kEventsPerBlock = 4000;

int64_t LedgerEvents() {
  const char* const text = std::getenv("REPAT_BENCH_EVENTS");
  return text == nullptr ? 1'000'000 : std::atoll(text);
}

// Generates the blocks of a ledger in order.
class BlockMaker {
 public:
  std::string Next() {
    std::vector<v1::Submission> submissions(kEventsPerBlock);
    BlockBuilder builder(id_, tail_, tail_.recorded_time_us + 1);
    for (v1::Submission& submission : submissions) {
      FillLoadEvent(kSeed, index_++, *submission.mutable_event());
      ValidSubmission valid;
      if (Validate(submission, *ParseDay("2024-01-01"), valid).has_value()) std::abort();
      builder.Add(valid.entry);
    }
    std::string bytes = builder.Finish();
    tail_ = Block::Parse(bytes)->tail();
    return bytes;
  }

 private:
  const LedgerId id_ = LedgerId::Random();
  LedgerTail tail_;
  uint64_t index_ = 0;
};

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::abort();
}

// One replica for all benchmarks, filled on first use.
class FilledReplica {
 public:
  static FilledReplica& Get() {
    static FilledReplica filled;
    return filled;
  }

  FilledReplica() : replica_(*Replica::Open(dir_.Path("query"))) {
    while (replica_->tail().position < LedgerEvents()) Check(replica_->Apply(blocks_.Next()));
  }

  Replica& replica() { return *replica_; }
  BlockMaker& blocks() { return blocks_; }

 private:
  const TempDir dir_;
  BlockMaker blocks_;
  const std::unique_ptr<Replica> replica_;
};

void BM_ReplicaApply(benchmark::State& state) {
  FilledReplica& filled = FilledReplica::Get();
  for (auto _ : state) {
    state.PauseTiming();
    const std::string bytes = filled.blocks().Next();
    state.ResumeTiming();
    Check(filled.replica().Apply(bytes));
  }
  state.SetItemsProcessed(state.iterations() * kEventsPerBlock);
}
BENCHMARK(BM_ReplicaApply)->Unit(benchmark::kMicrosecond);

void BM_ViewPlanAndApply(benchmark::State& state) {
  BlockMaker blocks;
  LedgerView view;
  for (auto _ : state) {
    state.PauseTiming();
    const std::string bytes = blocks.Next();
    const auto block = Block::Parse(bytes);
    const auto entries = block->Decode();
    state.ResumeTiming();
    const auto delta =
        ViewPlanner(view, *entries, block->tail(), [](Position) {
          return absl::StatusOr<EventContent>(absl::InternalError("no corrections here"));
        }).Plan();
    Check(delta.status());
    Check(view.Apply(*delta));
  }
  state.SetItemsProcessed(state.iterations() * kEventsPerBlock);
}
BENCHMARK(BM_ViewPlanAndApply)->Unit(benchmark::kMicrosecond);

void BM_ReplicaOpen(benchmark::State& state) {
  const TempDir dir;
  {
    BlockMaker blocks;
    const auto replica = *Replica::Open(dir.Path("query"));
    while (replica->tail().position < LedgerEvents()) Check(replica->Apply(blocks.Next()));
  }
  for (auto _ : state) Check(Replica::Open(dir.Path("query")).status());
  state.SetItemsProcessed(state.iterations() * LedgerEvents());
}
BENCHMARK(BM_ReplicaOpen)->Unit(benchmark::kMillisecond);

// If `past`, sets a random position to read at.
template <typename Request>
void SetReadPoint(bool past, std::minstd_rand& random, Position tail, Request& request) {
  if (!past) return;
  std::uniform_int_distribution<Position> positions(0, tail);
  request.mutable_read()->set_known_at_position(positions(random));
}

template <typename Request, typename Response>
void MeasureQuery(benchmark::State& state, Request request,
                  absl::StatusOr<Encoded<Response>> (QueryCore::*question)(const Request&) const) {
  const Replica& replica = FilledReplica::Get().replica();
  const QueryCore core(&replica);
  std::minstd_rand random(1);
  size_t bytes = 0;
  request.mutable_filter()->add_missions(LoadMission(kSeed));
  request.set_page_size(10'000);
  for (auto _ : state) {
    SetReadPoint(state.range(0) != 0, random, replica.tail().position, request);
    const auto answer = (core.*question)(request);
    Check(answer.status());
    bytes += answer->bytes.size();
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

void BM_Aggregate(benchmark::State& state, std::vector<v1::Dimension> group_by) {
  v1::GetAggregateRequest request;
  for (const v1::Dimension dimension : group_by) request.add_group_by(dimension);
  MeasureQuery(state, request, &QueryCore::GetAggregate);
}
#define QUESTION(...) \
  BENCHMARK_CAPTURE(__VA_ARGS__)->ArgName("past")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond)
QUESTION(BM_Aggregate, by_category, {v1::DIMENSION_CATEGORY});
QUESTION(BM_Aggregate, by_country_and_category, {v1::DIMENSION_COUNTRY, v1::DIMENSION_CATEGORY});
QUESTION(BM_Aggregate, by_country_and_site, {v1::DIMENSION_COUNTRY, v1::DIMENSION_SITE});

void BM_Timeline(benchmark::State& state, std::vector<v1::Dimension> group_by) {
  v1::GetTimelineRequest request;
  request.mutable_filter()->mutable_days()->set_from("2023-01-01");
  request.mutable_filter()->mutable_days()->set_to("2024-01-01");
  request.set_bucket(v1::BUCKET_DAY);
  for (const v1::Dimension dimension : group_by) request.add_group_by(dimension);
  MeasureQuery(state, request, &QueryCore::GetTimeline);
}
QUESTION(BM_Timeline, a_year_by_day, {});
QUESTION(BM_Timeline, a_year_by_day_and_category, {v1::DIMENSION_CATEGORY});

}  // namespace
}  // namespace repatriation
