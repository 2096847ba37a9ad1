// A roll-up: the figures of a view by some of its dimensions, as they are now
// and, at about the same cost, as they were after any posting of the past.
//
// The past is a matter of the log: totals are noted from time to time
// (checkpoints), and what they were after a posting in between are those of
// the nearest checkpoint, or of now, plus the postings since or minus the
// postings until. Checkpoints lie apart by a few times as many postings as there
// are cells, so that rolling costs about as much as looking at every cell once.
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
  // How many postings lie between two checkpoints: so many for each cell, and not
  // fewer than so many. Fewer make the past quicker, and take 8 / postings_a_cell bytes a
  // posting, or twice that once a total is large (see SmallTotal).
  struct Spacing {
    size_t postings_a_cell;
    size_t postings_min;
  };

  // By `dimensions` beside those that every roll-up has. Starts empty; `log` must
  // outlive the roll-up, and so must `preparer`, which may be null.
  Rollup(CellDimensions dimensions, const Spacing& spacing, const PostingLog* log,
         PagePreparer* preparer)
      : dimensions_(dimensions),
        spacing_(spacing),
        log_(*log),
        table_(preparer),
        number_of_(preparer),
        totals_(preparer),
        checkpoints_(preparer) {}

  CellDimensions dimensions() const { return dimensions_; }

  // The cells of the roll-up, by number. More come, those that are there stay.
  absl::Span<const CellKey> cells() const { return table_.cells(); }
  const CellTable& table() const { return table_; }

  // Takes note of the next cells of the view.
  void AddCells(absl::Span<const CellKey> keys);

  // Takes in the postings that were appended to the log since the last call.
  void Apply();

  // The totals after some number of postings, as totals that are there and the
  // postings that lie in between.
  struct Rolled {
    TotalsSpan totals;  // of the first cells(); zero for later ones
    size_t begin = 0;   // these postings are to be added to them,
    size_t end = 0;
    bool subtract = false;  // or subtracted
  };
  // REQUIRES: `count` is at most the number of postings applied.
  Rolled RolledAfter(size_t count) const;

  // Adds the postings in between, or subtracts them, each to the
  // CellTotal& total_of(number of its cell).
  template <typename TotalOf>
  void Roll(const Rolled& rolled, TotalOf total_of) const {
    const auto prefetch = [this](const Posting& posting) { PrefetchNumber(posting); };
    if (rolled.subtract) {
      log_.ForEach(rolled.begin, rolled.end, prefetch, [&](const Posting& posting) {
        total_of(NumberOf(posting.cell())).Subtract(posting);
      });
    } else {
      log_.ForEach(rolled.begin, rolled.end, prefetch, [&](const Posting& posting) {
        total_of(NumberOf(posting.cell())).Add(posting);
      });
    }
  }

  // The totals of cells() after the log's first `count` postings; those of now
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
  GrowingArray<CellTotal> totals_;    // now
  size_t applied_ = 0;                // postings that are in it
  SavedTotals checkpoints_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_ROLLUP_H_
