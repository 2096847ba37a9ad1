// The answer to a drawdown question: baseline, who left, who remains, pace,
// forecast and closed sites. GetDrawdown and GetBriefing both use it.
//
// Thread-safety: pure, except for the cache of plans, which any thread may use.
#ifndef QUERY_SERVICE_CORE_DRAWDOWN_DRAWDOWN_ANSWER_H_
#define QUERY_SERVICE_CORE_DRAWDOWN_DRAWDOWN_ANSWER_H_

#include "absl/status/statusor.h"
#include "query_service/core/drawdown/drawdown_question.h"
#include "query_service/core/figures/row_plan.h"
#include "query_service/core/view/ledger_view.h"

namespace repatriation {

// Answers as known at `known_at`, without the header.
//   NOT_FOUND (BASELINE_UNKNOWN)     the baseline that the question names is not recorded
//   INVALID_ARGUMENT (OUT_OF_RANGE)  `as_of` is before the first day that counts
//   INVALID_ARGUMENT                 the filter is too large for `with_provenance`
absl::StatusOr<v1::GetDrawdownResponse> AnswerDrawdown(const DrawdownQuestion& question,
                                                       Position known_at,
                                                       const LedgerView::Reader& reader,
                                                       RowPlanCache& plans);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_DRAWDOWN_DRAWDOWN_ANSWER_H_
