// Totals of a roll-up, saved from time to time.
//
// They take most of a replica's memory, so totals that are all small are stored in half
// the bytes.
//
// Thread-safety: Add() excludes everything else.
#ifndef QUERY_SERVICE_CORE_VIEW_SAVED_TOTALS_H_
#define QUERY_SERVICE_CORE_VIEW_SAVED_TOTALS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/base/memory/growing_array.h"
#include "query_service/core/view/cell.h"

namespace repatriation {

// A CellTotal of at most 65,535 events and 31 bits of people.
struct SmallTotal {
  int32_t headcount;
  uint16_t events;
  uint16_t whole_events;

  explicit operator CellTotal() const { return {headcount, events, whole_events}; }
};
static_assert(sizeof(SmallTotal) * 2 == sizeof(CellTotal));

// The totals of the first cells of a roll-up, of either size. Does not own them.
class TotalsSpan {
 public:
  TotalsSpan() = default;
  explicit TotalsSpan(absl::Span<const CellTotal> totals) : totals_(totals) {}
  explicit TotalsSpan(absl::Span<const SmallTotal> totals) : small_(totals) {}

  size_t size() const { return totals_.size() + small_.size(); }

  // Calls visit() with the span of the stored type.
  template <typename Visitor>
  void Visit(Visitor visit) const {
    if (small_.empty()) {
      visit(totals_);
    } else {
      visit(small_);
    }
  }

 private:
  absl::Span<const CellTotal> totals_;  // one of the two is empty
  absl::Span<const SmallTotal> small_;
};

class SavedTotals {
 public:
  // Empty. `preparer` may be null, or outlives the object.
  explicit SavedTotals(PagePreparer* preparer) : small_(preparer), large_(preparer) {}

  // Saves the totals after the first `count` postings.
  // REQUIRES: `count` > last_count(); `totals` is not empty.
  void Add(size_t count, absl::Span<const CellTotal> totals);

  // The count of the last saved totals; 0 if there are none.
  size_t last_count() const { return saved_.empty() ? 0 : saved_.back().count; }

  struct Saved {
    size_t count;
    TotalsSpan totals;
  };
  // The last totals saved after at most `count` postings, and the first after more. If
  // missing: no totals with a count of 0 and of SIZE_MAX.
  struct Neighbours {
    Saved before{0, {}};
    Saved after{SIZE_MAX, {}};
  };
  Neighbours Around(size_t count) const;

 private:
  struct Place {
    size_t count;
    size_t begin;  // in small_ or large_
    uint32_t cells;
    bool small;
  };
  Saved SavedAt(const Place& place) const;

  std::vector<Place> saved_;  // by ascending count
  GrowingArray<SmallTotal> small_;
  GrowingArray<CellTotal> large_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_SAVED_TOTALS_H_
