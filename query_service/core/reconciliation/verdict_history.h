// Holds a mission's statements against the ledger as known at a position, and
// finds since when each verdict has been the same.
//
// It goes back from that position entry by entry, takes back what each adds to
// the sums of the statements that it touches, and judges those anew: one walk
// over the postings for all statements together. Of records, a mandate, a
// statement of the same day or a row of a strength table can change a verdict.
// Rows that follow on each other and were recorded at the same time are looked
// at as one, since half a table says nothing; where there are so many tables
// and mandates that it would take long, several in a row as one, whatever was
// recorded between them. A verdict that changed within such a group dates from
// the group's last record.
//
// Thread-safety: all functions are pure. They read the view in short turns, so
// that the follower gets in between: up to `known_at` nothing changes any more.
#ifndef QUERY_SERVICE_CORE_RECONCILIATION_VERDICT_HISTORY_H_
#define QUERY_SERVICE_CORE_RECONCILIATION_VERDICT_HISTORY_H_

#include <deque>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "query_service/core/reconciliation/statement_verdict.h"

namespace repatriation {

struct JudgedStatement {
  StatementAt at;
  StatementScope scope;  // at known_at, as is the finding
  Finding finding;
  // The position from which the verdict has been the same without a break.
  Position since = 0;
};

// Judges `statements`, in their order. `records` are those of `mission` up to
// `known_at`; they and the statements in them must outlive the result.
std::vector<JudgedStatement> JudgeStatements(const LedgerView& view, absl::string_view mission,
                                             const std::deque<RecordBook::Record>& records,
                                             Position known_at,
                                             absl::Span<const StatementAt> statements);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECONCILIATION_VERDICT_HISTORY_H_
