#include "query_service/core/view/saved_totals.h"

#include <algorithm>
#include <cassert>

namespace repatriation {
namespace {

// All at once rather than up to the first that is not, so that the compiler can look at
// several of them together.
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
  notes_.push_back(
      {count, small ? small_.size() : large_.size(), static_cast<uint32_t>(totals.size()), small});
  if (!small) return large_.Append(totals);
  SmallTotal* next = small_.Extend(totals.size());
  for (const CellTotal& total : totals) {
    *next++ = {static_cast<int32_t>(total.headcount), static_cast<uint16_t>(total.events),
               static_cast<uint16_t>(total.whole_events)};
  }
}

SavedTotals::Note SavedTotals::NoteAt(const Place& place) const {
  return {place.count, place.small ? TotalsSpan(small_.span().subspan(place.begin, place.cells))
                                   : TotalsSpan(large_.span().subspan(place.begin, place.cells))};
}

SavedTotals::Neighbours SavedTotals::Around(size_t count) const {
  const auto after =
      std::upper_bound(notes_.begin(), notes_.end(), count,
                       [](size_t wanted, const Place& place) { return wanted < place.count; });
  Neighbours around;
  if (after != notes_.begin()) around.before = NoteAt(*(after - 1));
  if (after != notes_.end()) around.after = NoteAt(*after);
  return around;
}

}  // namespace repatriation
