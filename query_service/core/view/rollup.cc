#include "query_service/core/view/rollup.h"

#include <algorithm>
#include <cassert>

namespace repatriation {

void Rollup::AddCells(absl::Span<const CellKey> keys) {
  if (keys.empty()) return;
  std::vector<CellKey> projected;
  projected.reserve(keys.size());
  for (const CellKey& key : keys) projected.push_back(Project(key, dimensions_));
  table_.VisitAll(projected, [&](size_t i, uint32_t hash) {
    const auto [number, is_new] = table_.Add(projected[i], hash);
    if (is_new) totals_.push_back({});
    if (dimensions_ != kByAll) number_of_.push_back(number);
  });
}

void Rollup::Apply() {
  while (applied_ < log_.size()) {
    const size_t interval =
        std::max(spacing_.postings_min, spacing_.postings_per_cell * totals_.size());
    const size_t due = saved_totals_.last_count() + interval;
    ApplyUpTo(std::min(due, log_.size()));
    if (applied_ == due) saved_totals_.Add(applied_, totals_.span());
  }
}

void Rollup::ApplyUpTo(size_t end) {
  // Only the totals by all dimensions exceed the CPU cache.
  const auto prefetch = [this](const Posting& posting) {
    if (dimensions_ == kByAll) ::repatriation::Prefetch(&totals_[posting.cell()]);
    PrefetchNumber(posting);
  };
  log_.ForEach(applied_, end, prefetch,
               [this](const Posting& posting) { totals_[NumberOf(posting.cell())].Add(posting); });
  applied_ = end;
}

Rollup::ReplayPlan Rollup::PlanReplay(size_t count) const {
  assert(count <= applied_);
  SavedTotals::Neighbours around = saved_totals_.Around(count);
  if (around.after.count > applied_) around.after = {applied_, TotalsSpan(totals_.span())};
  if (around.after.count - count < count - around.before.count) {
    return {around.after.totals, count, around.after.count, /*subtract=*/true};
  }
  return {around.before.totals, around.before.count, count};
}

absl::Span<const CellTotal> Rollup::TotalsAfter(size_t count,
                                                std::vector<CellTotal>& storage) const {
  if (count == applied_) return totals_.span();
  const ReplayPlan replay = PlanReplay(count);
  storage.clear();
  storage.reserve(totals_.size());
  replay.totals.Visit([&](const auto& saved) {
    for (const auto& total : saved) storage.push_back(CellTotal(total));
  });
  storage.resize(totals_.size());
  Replay(replay, [&](uint32_t cell) -> CellTotal& { return storage[cell]; });
  return storage;
}

}  // namespace repatriation
