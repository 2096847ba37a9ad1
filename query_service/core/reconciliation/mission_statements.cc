#include "query_service/core/reconciliation/mission_statements.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/types/span.h"
#include "google/protobuf/util/time_util.h"
#include "query_service/core/reconciliation/event_conflicts.h"
#include "query_service/core/reconciliation/record_conflicts.h"
#include "query_service/core/reconciliation/verdict_history.h"
#include "query_service/core/selection/event_list_token.h"

namespace repatriation {
namespace {

std::deque<RecordBook::Record> RecordsOf(absl::string_view mission, Position known_at,
                                         const LedgerView::Reader& reader) {
  std::deque<RecordBook::Record> records;
  for (const RecordBook::Record& record : reader.records().Of(mission)) {
    if (record.position > known_at) break;
    records.push_back(record);
  }
  return records;
}

// Sorted by the day that they describe, then by position.
std::vector<StatementAt> StatementsOf(const std::deque<RecordBook::Record>& records,
                                      const DayInterval& days) {
  std::vector<StatementAt> statements;
  for (const RecordBook::Record& record : records) {
    if (!record.content.has_statement()) continue;
    const auto day = ParseDay(record.content.statement().day());
    if (day.has_value() && days.Contains(*day)) {
      statements.push_back({record.position, &record.content.statement()});
    }
  }
  std::stable_sort(statements.begin(), statements.end(),
                   [](const StatementAt& a, const StatementAt& b) {
                     return a.statement->day() < b.statement->day();
                   });
  return statements;
}

void ToProto(const JudgedStatement& judged, Position known_at, v1::Reconciliation* proto) {
  const v1::Statement& statement = *judged.at.statement;
  const Finding& finding = judged.finding;
  *proto->mutable_statement() = statement;
  proto->set_position(judged.at.position);
  if (finding.recorded.has_value()) {
    proto->set_recorded(finding.recorded->headcount);
    proto->set_difference(statement.headcount() - finding.recorded->headcount);
    if (statement.has_female() && finding.recorded->female.has_value()) {
      proto->set_recorded_female(*finding.recorded->female);
    }
  }
  proto->set_basis(finding.basis);
  proto->set_verdict(finding.verdict);
  proto->set_explanation(Explain(statement, judged.scope, finding));
  proto->set_since_position(judged.since);
  const auto& [by_events, by_strength] = finding.figures;
  if (by_events.has_value()) proto->set_recorded_by_events(by_events->headcount);
  if (by_strength.has_value()) proto->set_recorded_by_strength(by_strength->headcount);
  if (finding.basis != v1::BASIS_EVENTS) return;
  *proto->mutable_events_filter() = judged.scope.FilterOf(statement.measure());
  proto->set_events_page_token(EventsPageToken(proto->events_filter(), known_at));
}

}  // namespace

MissionStatements::MissionStatements(std::string mission, Position known_at,
                                     const DayInterval& days, const LedgerView::Reader& reader)
    : mission_(std::move(mission)),
      known_at_(known_at),
      records_(RecordsOf(mission_, known_at, reader)),
      statements_(StatementsOf(records_, days)) {}

std::vector<v1::Reconciliation> MissionStatements::Reconcile(const LedgerView& view, int64_t begin,
                                                             int64_t end) const {
  const auto selected = absl::MakeConstSpan(statements_).subspan(begin, end - begin);
  std::vector<v1::Reconciliation> reconciliations;
  for (const JudgedStatement& judged :
       JudgeStatements(view, mission_, records_, known_at_, selected)) {
    ToProto(judged, known_at_, &reconciliations.emplace_back());
  }
  const LedgerView::Reader reader(view);
  for (v1::Reconciliation& one : reconciliations) {
    *one.mutable_since_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
        reader.TimeOfPosition(one.since_position()));
  }
  return reconciliations;
}

std::vector<v1::Conflict> MissionStatements::FindConflicts(const LedgerView& view) const {
  std::vector<v1::Conflict> conflicts = FindRecordConflicts(records_);
  std::vector<v1::Conflict> of_events = FindEventConflicts(view, mission_, known_at_);
  std::move(of_events.begin(), of_events.end(), std::back_inserter(conflicts));
  return conflicts;
}

}  // namespace repatriation
