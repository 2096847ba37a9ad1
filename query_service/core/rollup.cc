#include "query_service/core/rollup.h"

#include <algorithm>
#include <cassert>

namespace repatriation {
namespace {

// Postings from one checkpoint to the next, for each cell.
constexpr size_t kPostingsACell = 4;

}  // namespace

void Rollup::AddCell(const CellKey& key) {
  const auto [found, added] =
      numbers_.try_emplace(Project(key, dimensions_), static_cast<uint32_t>(cells_.size()));
  if (added) {
    cells_.push_back(found->first);
    totals_.emplace_back();
  }
  if (dimensions_ != kByAll) number_of_.push_back(found->second);
}

void Rollup::Apply() {
  log_.ForEach(applied_, log_.size(),
               [this](const Posting& posting) { totals_[NumberOf(posting.cell())].Add(posting); });
  applied_ = log_.size();
  const size_t last = checkpoints_.empty() ? 0 : checkpoints_.back().count;
  if (applied_ - last >= kPostingsACell * cells_.size()) {
    checkpoints_.push_back({applied_, totals_});
  }
}

absl::Span<const CellTotal> Rollup::TotalsAfter(size_t count,
                                                std::vector<CellTotal>& storage) const {
  assert(count <= applied_);
  if (count == applied_) return totals_;
  const auto after = std::upper_bound(
      checkpoints_.begin(), checkpoints_.end(), count,
      [](size_t wanted, const Checkpoint& checkpoint) { return wanted < checkpoint.count; });
  const bool before_first = after == checkpoints_.begin();
  const bool after_last = after == checkpoints_.end();
  const size_t before_count = before_first ? 0 : (after - 1)->count;
  const size_t after_count = after_last ? applied_ : after->count;
  const bool forward = count - before_count <= after_count - count;
  storage.clear();
  if (!forward) {
    storage = after_last ? totals_ : after->totals;
  } else if (!before_first) {
    storage = (after - 1)->totals;
  }
  storage.resize(cells_.size());  // cells that came later were empty
  if (forward) {
    log_.ForEach(before_count, count,
                 [&](const Posting& posting) { storage[NumberOf(posting.cell())].Add(posting); });
  } else {
    log_.ForEach(count, after_count, [&](const Posting& posting) {
      storage[NumberOf(posting.cell())].Subtract(posting);
    });
  }
  return storage;
}

}  // namespace repatriation
