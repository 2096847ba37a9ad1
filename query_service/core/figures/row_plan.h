// The plan of an answer's rows, computed once for a query at all positions: which cell
// of a roll-up adds to which row, and the order of the rows. An answer then only sums the
// totals at its position.
//
// Thread-safety: a RowPlan is immutable; a RowPlanCache may be used from any thread.
#ifndef QUERY_SERVICE_CORE_FIGURES_ROW_PLAN_H_
#define QUERY_SERVICE_CORE_FIGURES_ROW_PLAN_H_

#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/base/mutex.h"
#include "query_service/core/figures/figure_question.h"
#include "query_service/core/selection/cell_filter.h"
#include "query_service/core/selection/grouping.h"
#include "query_service/core/view/ledger_view.h"

namespace repatriation {

class RowPlan {
 public:
  // A row of the answer. Small and in the order of the answer, since an answer reads all
  // of them.
  struct Line {
    uint32_t row;    // its figure's index in SumAfter()
    uint32_t group;  // number of the group, from 0
    uint32_t prefix_begin;
    uint32_t prefix_bytes;
  };

  // The plan of `question` for the current cells of the smallest roll-up that can answer
  // it. Extends `older`, a plan of the same question or null; returns `older` itself if no
  // cells were added since.
  static std::shared_ptr<const RowPlan> Make(const FigureQuestion& question,
                                             const LedgerView::Reader& reader,
                                             std::shared_ptr<const RowPlan> older);

  // In the order of the answer.
  const std::vector<Line>& lines() const { return lines_; }
  // The encoded fields of the row's message that do not depend on figures: a timeline's
  // `bucket_start`, and `group`. RowWriter::kPrefixPaddingBytes after it are readable.
  absl::string_view PrefixOf(const Line& line) const {
    return absl::string_view(prefixes_).substr(line.prefix_begin, line.prefix_bytes);
  }
  // First day of the line's bucket; 0 without buckets.
  DayNumber BucketOf(const Line& line) const { return rows_[line.row].bucket; }
  const GroupValues& ValuesOf(const Line& line) const { return rows_[line.row].values; }
  size_t group_count() const { return groups_.size(); }
  // Whether a row counts people of one sex only.
  bool by_sex() const { return by_sex_; }
  // Fingerprint of the ListEvents request for the answer's events, for its page token.
  uint64_t events_fingerprint() const { return events_fingerprint_; }
  // Approximate size of an answer with all rows.
  size_t answer_bytes() const { return prefixes_.size() + 24 * rows_.size() + 512; }
  // Approximate size of the plan.
  size_t size_bytes() const;

  // The figures of the rows after the first `postings` of the view.
  std::vector<CellTotal> SumAfter(size_t postings) const;

  // The change of the figures by the postings in [begin, end). The cost depends on their
  // number, not on the number of cells.
  std::vector<CellTotal> ChangeBetween(size_t begin, size_t end) const;

 private:
  // Row of all cells that do not match, which avoids a branch per cell; never listed.
  static constexpr uint32_t kNoRow = 0;

  // A cell that matches.
  struct Term {
    uint32_t cell;
    uint32_t row;
  };

  struct Row {
    DayNumber bucket = 0;  // first day; 0 without buckets
    uint32_t group = 0;
    GroupValues values;
    std::string prefix;
  };

  // A plan without cells.
  RowPlan(const FigureQuestion& question, const LedgerView::Reader& reader);

  void AddNewCells(const FigureQuestion& question, const LedgerView::Reader& reader);
  uint32_t RowOf(const CellKey& key, const FigureQuestion& question,
                 const LedgerView::Reader& reader);
  void MakeLines(const Grouping& grouping, const LedgerView::Reader& reader);

  const CellDimensions dimensions_;  // of the question
  const Rollup* const rollup_;       // the smallest that had them when the plan was created
  const bool by_sex_;
  const uint64_t events_fingerprint_;
  std::vector<uint32_t> row_of_;  // by cell; kNoRow if the cell does not match
  std::vector<Term> terms_;       // in the order of the cells
  std::vector<Row> rows_;         // kNoRow, then in the order of their first cells
  std::vector<Line> lines_;
  std::string prefixes_;                               // of the lines, in their order
  absl::flat_hash_map<GroupValues, uint32_t> groups_;  // values -> number
  absl::flat_hash_map<std::pair<DayNumber, uint32_t>, uint32_t> ids_;  // bucket, group -> row
};

// LRU cache of plans.
class RowPlanCache {
 public:
  // Evicts least recently used plans beyond `bytes_max`.
  explicit RowPlanCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // The plan of `question` for the current state of `reader`.
  std::shared_ptr<const RowPlan> PlanOf(const FigureQuestion& question,
                                        const LedgerView::Reader& reader);

 private:
  struct Known {
    std::string key;
    std::shared_ptr<const RowPlan> plan;
  };
  std::shared_ptr<const RowPlan> Find(const std::string& key);
  void Insert(const std::string& key, std::shared_ptr<const RowPlan> plan);
  void EvictLocked(std::list<Known>::iterator known) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t bytes_max_;
  Mutex mutex_;
  std::list<Known> known_ ABSL_GUARDED_BY(mutex_);  // most recently used first
  absl::flat_hash_map<std::string, std::list<Known>::iterator> by_key_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_ROW_PLAN_H_
