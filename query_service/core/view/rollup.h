// A roll-up: the figures of a view by some of its dimensions, as they are now and, at
// about the same cost, as they were after any past posting.
//
// Totals are saved from time to time. Totals after any posting in between are computed
// from the nearest saved (or the current) totals by adding the postings since, or
// subtracting those until. The interval is a few times the number of cells, so that a
// replay costs about as much as one pass over the cells.
//
// Thread-safety: AddCells() and Apply() exclude everything else.
#ifndef QUERY_SERVICE_CORE_VIEW_ROLLUP_H_
#define QUERY_SERVICE_CORE_VIEW_ROLLUP_H_

#include <vector>

#include "absl/types/span.h"
#include "common/base/memory/growing_array.h"
#include "common/base/memory/prefetch.h"
#include "query_service/core/view/cell_table.h"
#include "query_service/core/view/posting_log.h"
#include "query_service/core/view/saved_totals.h"

namespace repatriation {

class Rollup {
 public:
  // Number of postings between two saved totals: postings_per_cell times the number of
  // cells, at least postings_min. Lower values speed up reads of the past and cost
  // memory: 8 / postings_per_cell bytes per posting, or twice that once a total is
  // large (see SmallTotal).
  struct Spacing {
    size_t postings_per_cell;
    size_t postings_min;
  };

  // By `dimensions` and those that every roll-up has. Starts empty; `log` must outlive
  // the roll-up, and so must `preparer`, which may be null.
  Rollup(CellDimensions dimensions, const Spacing& spacing, const PostingLog* log,
         PagePreparer* preparer)
      : dimensions_(dimensions),
        spacing_(spacing),
        log_(*log),
        table_(preparer),
        number_of_(preparer),
        totals_(preparer),
        saved_totals_(preparer) {}

  CellDimensions dimensions() const { return dimensions_; }

  // The cells of the roll-up, by number. Cells are appended, never changed.
  absl::Span<const CellKey> cells() const { return table_.cells(); }
  const CellTable& table() const { return table_; }

  // Registers the next cells of the view.
  void AddCells(absl::Span<const CellKey> keys);

  // Adds the postings that were appended to the log since the last call.
  void Apply();

  // The totals after some number of postings, as existing totals and the postings in
  // between.
  struct ReplayPlan {
    TotalsSpan totals;  // of the first cells(); zero for later ones
    size_t begin = 0;   // postings in [begin, end) are to be added,
    size_t end = 0;
    bool subtract = false;  // or subtracted
  };
  // REQUIRES: `count` is at most the number of postings applied.
  ReplayPlan PlanReplay(size_t count) const;

  // Adds or subtracts the postings in between, each to the
  // CellTotal& total_of(number of its cell).
  template <typename TotalOf>
  void Replay(const ReplayPlan& replay, TotalOf total_of) const {
    const auto prefetch = [this](const Posting& posting) { PrefetchNumber(posting); };
    if (replay.subtract) {
      log_.ForEach(replay.begin, replay.end, prefetch, [&](const Posting& posting) {
        total_of(NumberOf(posting.cell())).Subtract(posting);
      });
    } else {
      log_.ForEach(replay.begin, replay.end, prefetch, [&](const Posting& posting) {
        total_of(NumberOf(posting.cell())).Add(posting);
      });
    }
  }

  // The totals of cells() after the log's first `count` postings: the current ones
  // without a copy, others in `storage`.
  absl::Span<const CellTotal> TotalsAfter(size_t count, std::vector<CellTotal>& storage) const;

 private:
  void PrefetchNumber(const Posting& posting) const {
    if (dimensions_ != kByAll) ::repatriation::Prefetch(&number_of_[posting.cell()]);
  }

  void ApplyUpTo(size_t end);

  // With all dimensions the cells are the view's own.
  uint32_t NumberOf(CellId cell) const { return dimensions_ == kByAll ? cell : number_of_[cell]; }

  const CellDimensions dimensions_;
  const Spacing spacing_;
  const PostingLog& log_;
  CellTable table_;
  GrowingArray<uint32_t> number_of_;  // by CellId; none with all dimensions
  GrowingArray<CellTotal> totals_;    // current
  size_t applied_ = 0;                // number of postings in totals_
  SavedTotals saved_totals_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_ROLLUP_H_
