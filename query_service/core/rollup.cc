#include "query_service/core/rollup.h"

#include <algorithm>
#include <cassert>

namespace repatriation {

void Rollup::AddCell(const CellKey& key) {
  const auto [number, is_new] = table_.Add(Project(key, dimensions_));
  if (is_new) totals_.push_back({});
  if (dimensions_ != kByAll) number_of_.push_back(number);
}

void Rollup::Apply() {
  // Of the totals only those of all cells are too many for the processor's cache.
  const auto prefetch = [this](const Posting& posting) {
    if (dimensions_ == kByAll) ::repatriation::Prefetch(&totals_[posting.cell()]);
    PrefetchNumber(posting);
  };
  log_.ForEach(applied_, log_.size(), prefetch,
               [this](const Posting& posting) { totals_[NumberOf(posting.cell())].Add(posting); });
  applied_ = log_.size();
  const size_t last = checkpoints_.empty() ? 0 : checkpoints_.back().count;
  if (applied_ - last >= postings_a_cell_ * totals_.size()) {
    checkpoints_.push_back({applied_, noted_.size(), totals_.size()});
    noted_.Append(totals_.span());
  }
}

Rollup::Rolled Rollup::RolledAfter(size_t count) const {
  assert(count <= applied_);
  const auto after = std::upper_bound(
      checkpoints_.begin(), checkpoints_.end(), count,
      [](size_t wanted, const Checkpoint& checkpoint) { return wanted < checkpoint.count; });
  const bool after_last = after == checkpoints_.end();
  const size_t after_count = after_last ? applied_ : after->count;
  const auto totals_of = [this](const Checkpoint& checkpoint) {
    return noted_.span().subspan(checkpoint.begin, checkpoint.cells);
  };
  Rolled from_after{after_last ? totals_.span() : totals_of(*after), count, after_count,
                    /*subtract=*/true};
  Rolled from_before{{}, 0, count};
  if (after != checkpoints_.begin()) {
    from_before = {totals_of(*(after - 1)), (after - 1)->count, count};
  }
  return after_count - count < count - from_before.begin ? from_after : from_before;
}

absl::Span<const CellTotal> Rollup::TotalsAfter(size_t count,
                                                std::vector<CellTotal>& storage) const {
  if (count == applied_) return totals_.span();
  const Rolled rolled = RolledAfter(count);
  storage.reserve(totals_.size());
  storage.assign(rolled.totals.begin(), rolled.totals.end());
  storage.resize(totals_.size());
  Roll(rolled, [&](uint32_t cell) -> CellTotal& { return storage[cell]; });
  return storage;
}

}  // namespace repatriation
