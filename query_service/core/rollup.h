// A roll-up: the figures of a view by some of its dimensions, as they are now
// and, at about the same cost, as they were after any posting of the past.
//
// The past is a matter of the log: totals are noted from time to time
// (checkpoints), and what they were after a posting in between are those of
// the nearest checkpoint, or of now, plus the postings since or minus the
// postings until. Checkpoints lie apart by at most a few times as many
// postings as there are cells, so that rolling costs about as much as looking
// at every cell once.
//
// Thread-safety: AddCell() and Apply() exclude everything else.
#ifndef QUERY_SERVICE_CORE_ROLLUP_H_
#define QUERY_SERVICE_CORE_ROLLUP_H_

#include <vector>

#include "absl/types/span.h"
#include "common/base/growing_array.h"
#include "common/base/prefetch.h"
#include "query_service/core/cell_table.h"
#include "query_service/core/posting_log.h"

namespace repatriation {

class Rollup {
 public:
  // By `dimensions` beside those that every roll-up has. Starts empty; `log` must
  // outlive the roll-up, and so must `preparer`, which may be null. A checkpoint is
  // made each `postings_a_cell` postings for each cell: fewer make the past quicker,
  // and take 16 / postings_a_cell bytes a posting.
  Rollup(CellDimensions dimensions, size_t postings_a_cell, const PostingLog* log,
         PagePreparer* preparer)
      : dimensions_(dimensions),
        postings_a_cell_(postings_a_cell),
        log_(*log),
        table_(preparer),
        number_of_(preparer),
        totals_(preparer),
        noted_(preparer) {}

  CellDimensions dimensions() const { return dimensions_; }

  // The cells of the roll-up, by number. More come, those that are there stay.
  absl::Span<const CellKey> cells() const { return table_.cells(); }
  const CellTable& table() const { return table_; }

  // Takes note of the next cell of the view.
  void AddCell(const CellKey& key);

  // Takes in the postings that were appended to the log since the last call.
  void Apply();

  // The totals after some number of postings, as totals that are there and the
  // postings that lie in between.
  struct Rolled {
    absl::Span<const CellTotal> totals;  // of the first cells(); zero for later ones
    size_t begin = 0;                    // these postings are to be added to them,
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
  struct Checkpoint {
    size_t count;  // postings that are in it
    size_t begin;  // of its totals, in noted_
    size_t cells;
  };

  void PrefetchNumber(const Posting& posting) const {
    if (dimensions_ != kByAll) ::repatriation::Prefetch(&number_of_[posting.cell()]);
  }

  // With all dimensions the cells are the view's own.
  uint32_t NumberOf(CellId cell) const { return dimensions_ == kByAll ? cell : number_of_[cell]; }

  const CellDimensions dimensions_;
  const size_t postings_a_cell_;
  const PostingLog& log_;
  CellTable table_;
  GrowingArray<uint32_t> number_of_;     // by CellId; none with all dimensions
  GrowingArray<CellTotal> totals_;       // now
  size_t applied_ = 0;                   // postings that are in it
  GrowingArray<CellTotal> noted_;        // the totals of one checkpoint after the other
  std::vector<Checkpoint> checkpoints_;  // by ascending count
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_ROLLUP_H_
