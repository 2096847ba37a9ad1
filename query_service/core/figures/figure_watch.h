// A watched figure (WatchAggregate): what to send for a state of the ledger, and when to
// evaluate again.
//
// A watch stores a position, no figures: changes are computed by comparing the figures
// at the last answer's position with the current ones. So it can resume from any token,
// and its size does not depend on the number of groups.
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
  // Minimum time between evaluations that find changes; changes in between are sent as
  // one answer. Raising it makes answers fewer and later.
  absl::Duration interval_min = absl::Milliseconds(100);
  // Time without a change after which an answer reports the position reached.
  absl::Duration progress_interval = absl::Seconds(10);
};

class FigureWatch {
 public:
  static constexpr int kGroupsMax = 1000;

  // INVALID_ARGUMENT names the field.
  static absl::StatusOr<FigureWatch> Make(const v1::WatchAggregateRequest& request,
                                          const WatchOptions& options);

  // Position that must be applied before the first Evaluate().
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
  //   OUT_OF_RANGE (POSITION_NOT_APPLIED)     known_at is not applied yet
  //   INVALID_ARGUMENT (TOO_MANY_GROUPS)      there are more than kGroupsMax groups
  //   FAILED_PRECONDITION (REPLICA_DIVERGED)  the replica must not answer any more
  //   FAILED_PRECONDITION (HISTORY_CHANGED)   the token is from another history
  absl::StatusOr<Step> Evaluate(const Replica& replica, RowPlanCache& plans, absl::Time now);

 private:
  FigureWatch(FigureQuestion question, uint64_t fingerprint, const v1::ReadOptions& read,
              absl::optional<ResumePoint> resumed, const WatchOptions& options);

  // The groups whose figures changed between `before` and `known_at` (all groups if
  // `before` is nullopt), and the total; sets no other fields. nullopt if none changed,
  // unless `always`.
  absl::StatusOr<absl::optional<v1::WatchAggregateResponse>> Compare(
      absl::optional<Position> before, Position known_at, bool always,
      const LedgerView::Reader& reader, RowPlanCache& plans) const;

  FigureQuestion question_;
  uint64_t fingerprint_;
  v1::ReadOptions read_;
  WatchOptions options_;
  absl::optional<ResumePoint> resumed_;  // until checked against the ledger
  // Of the last answer, or of the token; nullopt before the first answer.
  absl::optional<Position> answered_;
  // At least `answered_`, with the same figures.
  Position compared_ = 0;
  absl::Time compared_time_ = absl::InfinitePast();
  absl::Time answered_time_ = absl::InfinitePast();  // also of a watch just resumed
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_FIGURES_FIGURE_WATCH_H_
