// A figure as it changes (WatchAggregate): which answer follows from which
// state of the ledger, and when to look again.
//
// A watch holds a position, no figures: what changed is found by adding up
// what was known at the last answer and what is known now. So it resumes from
// any token, and what it holds does not grow with its groups.
//
// Thread-safety: one thread at a time.
#ifndef QUERY_SERVICE_CORE_FIGURES_FIGURE_WATCH_H_
#define QUERY_SERVICE_CORE_FIGURES_FIGURE_WATCH_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "query_service/core/figures/figure_question.h"
#include "query_service/core/figures/row_plan.h"
#include "query_service/core/replica/replica.h"

namespace repatriation {

struct WatchOptions {
  // Changes that come sooner after a look at the ledger are answered together.
  // Raising it makes answers fewer and later.
  absl::Duration interval_min = absl::Milliseconds(100);
  // After so long without a change an answer says up to where there was none.
  absl::Duration progress_interval = absl::Seconds(10);
};

class FigureWatch {
 public:
  static constexpr int kGroupsMax = 1000;

  // INVALID_ARGUMENT naming the field.
  static absl::StatusOr<FigureWatch> Make(const v1::WatchAggregateRequest& request,
                                          const WatchOptions& options);

  // Nothing can be said before this position is applied.
  Position await_position() const;

  struct Step {
    // What to send now, if anything.
    absl::optional<v1::WatchAggregateResponse> answer;
    // Without an answer: evaluate again at this time, or as soon as a position
    // beyond `seen` is applied if that is earlier and `on_new_position` is set.
    absl::Time next_time = absl::InfiniteFuture();
    bool on_new_position = true;
    Position seen = 0;
  };

  // Compares the figure with the last answer. Does not block. REQUIRES: await_position() is
  // applied.
  //   OUT_OF_RANGE (POSITION_NOT_APPLIED)     known_at is beyond this copy
  //   INVALID_ARGUMENT (TOO_MANY_GROUPS)      more than kGroupsMax groups by now
  //   FAILED_PRECONDITION (REPLICA_DIVERGED)  no figure may be shown any more
  //   FAILED_PRECONDITION (HISTORY_CHANGED)   the token is of another history
  absl::StatusOr<Step> Evaluate(const Replica& replica, RowPlanCache& plans, absl::Time now);

 private:
  FigureWatch(FigureQuestion question, uint64_t fingerprint, const v1::ReadOptions& read,
              absl::optional<ResumePoint> resumed, const WatchOptions& options);

  // The groups whose figures at `known_at` are not those at `before`, all if
  // that is nullopt, and the total; the rest of the answer is not set. nullopt
  // if there is no such group, unless it is `always` wanted.
  absl::StatusOr<absl::optional<v1::WatchAggregateResponse>> Compare(
      absl::optional<Position> before, Position known_at, bool always,
      const LedgerView::Reader& reader, RowPlanCache& plans) const;

  FigureQuestion question_;
  uint64_t fingerprint_;
  v1::ReadOptions read_;
  WatchOptions options_;
  absl::optional<ResumePoint> resumed_;  // until it was held against the ledger
  // Of the last answer, or of the token; nullopt before the first answer.
  absl::optional<Position> answered_;
  // At least `answered_`, with the same figures.
  Position compared_ = 0;
  absl::Time compared_time_ = absl::InfinitePast();
  absl::Time answered_time_ = absl::InfinitePast();  // also of a watch just resumed
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_FIGURE_WATCH_H_
