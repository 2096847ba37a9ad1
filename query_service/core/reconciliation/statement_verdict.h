// Whether a published figure agrees with the ledger, and why.
//
// Thread-safety: plain values; all functions are pure.
#ifndef QUERY_SERVICE_CORE_RECONCILIATION_STATEMENT_VERDICT_H_
#define QUERY_SERVICE_CORE_RECONCILIATION_STATEMENT_VERDICT_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "query_service/core/reconciliation/statement_scope.h"
#include "repatriation/v1/reconciliation.pb.h"

namespace repatriation {

// A statement and the entry that recorded it.
struct StatementAt {
  Position position = 0;
  const v1::Statement* statement = nullptr;
};

struct Finding {
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  v1::Basis basis = v1::BASIS_UNSPECIFIED;
  // The figure of that basis, and those of both.
  absl::optional<RecordedFigure> recorded;
  MeasuredFigures figures;
  // VERDICT_WRONG_MEASURE: the measure that has the number, and its source: the basis,
  // or else these statements, which add up to it.
  v1::Measure other_measure = v1::MEASURE_UNSPECIFIED;
  v1::Basis other_basis = v1::BASIS_UNSPECIFIED;
  std::vector<StatementAt> other_statements;
};

// Statements that add up to a statement's number under another measure: their categories
// do not overlap and together make up the statement's (national staff, which are counted
// separately, may be missing). Empty if there are none.
struct StatedElsewhere {
  v1::Measure measure = v1::MEASURE_UNSPECIFIED;
  std::vector<StatementAt> addends;
};

// Whether two statements are of the same mission, period, country and site but of
// different measures, so that one may be the other mislabelled.
bool MayBeMislabelled(const v1::Statement& a, const v1::Statement& b);

// Where the statement's number is stated under another measure. `others` are
// statements for which MayBeMislabelled().
StatedElsewhere FindElsewhere(const v1::Statement& statement, absl::Span<const StatementAt> others);

// Compares `statement` with the ledger's figures in its scope. If both events and tables
// have a figure, the one that agrees counts; if neither does, the nearer one; if both
// are equally near, that of events.
//
// It has the wrong measure if it disagrees and its number, not 0, is exactly that of
// another measure by events, by tables or as stated `elsewhere`.
Finding Judge(const v1::Statement& statement, const StatementScope& scope, const EventSums& sums,
              const StatedElsewhere& elsewhere);

// Explains the verdict in one English sentence.
std::string Explain(const v1::Statement& statement, const StatementScope& scope,
                    const Finding& finding);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECONCILIATION_STATEMENT_VERDICT_H_
