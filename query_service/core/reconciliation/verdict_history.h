// Judges a mission's statements against the ledger as known at a position, and finds
// since when each verdict has been the same.
//
// Walks back from that position entry by entry, undoes what each adds to the sums of
// the statements that it affects, and rejudges these: one pass over the postings for
// all statements. Of records, a mandate, a statement of the same day or a row of a
// strength table can change a verdict. Adjacent rows recorded at the same time are
// undone as one, since half a table is meaningless. If there are too many tables and
// mandates, several are undone as one, regardless of what was recorded in between. A
// verdict that changed within such a group dates from the group's last record.
//
// Thread-safety: all functions are pure. They release the view's lock at intervals, so
// that the follower can apply blocks; nothing changes up to `known_at`.
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
  // The position from which on the verdict has not changed.
  Position since = 0;
};

// Judges `statements`, in order. `records` are those of `mission` up to `known_at`; they
// and the statements in them must outlive the result.
std::vector<JudgedStatement> JudgeStatements(const LedgerView& view, absl::string_view mission,
                                             const std::deque<RecordBook::Record>& records,
                                             Position known_at,
                                             absl::Span<const StatementAt> statements);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECONCILIATION_VERDICT_HISTORY_H_
