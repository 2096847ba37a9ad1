// Totals of a roll-up as they were from time to time (its checkpoints).
//
// They take most of a replica's memory, so totals that are all small are kept in
// half the bytes.
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

// The totals of the first cells of a roll-up, of either size; lives as long as what it
// was made of.
class TotalsSpan {
 public:
  TotalsSpan() = default;
  explicit TotalsSpan(absl::Span<const CellTotal> totals) : totals_(totals) {}
  explicit TotalsSpan(absl::Span<const SmallTotal> totals) : small_(totals) {}

  size_t size() const { return totals_.size() + small_.size(); }

  // Calls visit() with the span that it is.
  template <typename Visitor>
  void Visit(Visitor visit) const {
    if (small_.empty()) {
      visit(totals_);
    } else {
      visit(small_);
    }
  }

 private:
  absl::Span<const CellTotal> totals_;  // one of them is empty
  absl::Span<const SmallTotal> small_;
};

class SavedTotals {
 public:
  // Empty. `preparer` may be null, or outlives the notes.
  explicit SavedTotals(PagePreparer* preparer) : small_(preparer), large_(preparer) {}

  // Notes the totals after the first `count` postings.
  // REQUIRES: `count` is more than that of the last note; there are totals.
  void Add(size_t count, absl::Span<const CellTotal> totals);

  // Of the last note; 0 if there is none.
  size_t last_count() const { return notes_.empty() ? 0 : notes_.back().count; }

  struct Note {
    size_t count;
    TotalsSpan totals;
  };
  // The last note of at most `count` postings, and the first one of more. Where there is
  // none: no totals after no postings, and a count of SIZE_MAX.
  struct Neighbours {
    Note before{0, {}};
    Note after{SIZE_MAX, {}};
  };
  Neighbours Around(size_t count) const;

 private:
  struct Place {
    size_t count;
    size_t begin;  // in small_ or large_
    uint32_t cells;
    bool small;
  };
  Note NoteAt(const Place& place) const;

  std::vector<Place> notes_;  // by ascending count
  GrowingArray<SmallTotal> small_;
  GrowingArray<CellTotal> large_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_SAVED_TOTALS_H_
