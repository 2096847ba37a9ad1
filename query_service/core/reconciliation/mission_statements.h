// A mission's published statements as known at one position, to be reconciled
// with the ledger. Reconcile and GetBriefing both use it.
//
// The mission's records are copied once, so that they can be read without the view's
// lock, which is released at intervals so that the follower can apply blocks.
//
// Thread-safety: immutable.
#ifndef QUERY_SERVICE_CORE_RECONCILIATION_MISSION_STATEMENTS_H_
#define QUERY_SERVICE_CORE_RECONCILIATION_MISSION_STATEMENTS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "common/domain/day.h"
#include "query_service/core/reconciliation/statement_verdict.h"
#include "repatriation/v1/reconciliation.pb.h"

namespace repatriation {

class MissionStatements {
 public:
  // The statements about `days`, as known at `known_at`.
  MissionStatements(std::string mission, Position known_at, const DayInterval& days,
                    const LedgerView::Reader& reader);
  MissionStatements(const MissionStatements&) = delete;
  MissionStatements& operator=(const MissionStatements&) = delete;

  int64_t size() const { return static_cast<int64_t>(statements_.size()); }

  // Judges the statements from index `begin` up to `end`, by day, then by position.
  // REQUIRES: 0 <= begin <= end <= size(); the caller holds no Reader.
  std::vector<v1::Reconciliation> Reconcile(const LedgerView& view, int64_t begin,
                                            int64_t end) const;

  // Contradictions among all of the mission's records and events, regardless of
  // `days`. REQUIRES: the caller holds no Reader.
  std::vector<v1::Conflict> FindConflicts(const LedgerView& view) const;

 private:
  const std::string mission_;
  const Position known_at_;
  const std::deque<RecordBook::Record> records_;  // of the mission, up to known_at_
  const std::vector<StatementAt> statements_;     // in records_
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECONCILIATION_MISSION_STATEMENTS_H_
