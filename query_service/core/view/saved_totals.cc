#include "query_service/core/view/saved_totals.h"

#include <algorithm>
#include <cassert>

namespace repatriation {
namespace {

// No early exit, so that the compiler can vectorise the loop.
bool AreSmall(absl::Span<const CellTotal> totals) {
  uint64_t lost = 0;
  for (const CellTotal& total : totals) {
    lost |= static_cast<uint64_t>(total.headcount ^ static_cast<int32_t>(total.headcount));
    lost |= static_cast<uint32_t>(total.events | total.whole_events) >> 16;
  }
  return lost == 0;
}

}  // namespace

void SavedTotals::Add(size_t count, absl::Span<const CellTotal> totals) {
  assert(count > last_count() && !totals.empty());
  const bool small = AreSmall(totals);
  saved_.push_back(
      {count, small ? small_.size() : large_.size(), static_cast<uint32_t>(totals.size()), small});
  if (!small) return large_.Append(totals);
  SmallTotal* next = small_.Extend(totals.size());
  for (const CellTotal& total : totals) {
    *next++ = {static_cast<int32_t>(total.headcount), static_cast<uint16_t>(total.events),
               static_cast<uint16_t>(total.whole_events)};
  }
}

SavedTotals::Saved SavedTotals::SavedAt(const Place& place) const {
  return {place.count, place.small ? TotalsSpan(small_.span().subspan(place.begin, place.cells))
                                   : TotalsSpan(large_.span().subspan(place.begin, place.cells))};
}

SavedTotals::Neighbours SavedTotals::Around(size_t count) const {
  const auto after =
      std::upper_bound(saved_.begin(), saved_.end(), count,
                       [](size_t wanted, const Place& place) { return wanted < place.count; });
  Neighbours around;
  if (after != saved_.begin()) around.before = SavedAt(*(after - 1));
  if (after != saved_.end()) around.after = SavedAt(*after);
  return around;
}

}  // namespace repatriation
