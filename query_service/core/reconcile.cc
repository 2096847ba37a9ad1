#include <algorithm>
#include <deque>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "google/protobuf/util/time_util.h"
#include "query_service/core/cell_filter.h"
#include "query_service/core/event_conflicts.h"
#include "query_service/core/event_list_token.h"
#include "query_service/core/query_core.h"
#include "query_service/core/read_point.h"
#include "query_service/core/record_conflicts.h"
#include "query_service/core/verdict_history.h"

namespace repatriation {
namespace {

using Records = std::deque<RecordBook::Record>;

// The mission's records up to `known_at`, to be read when the view is not.
Records RecordsOf(absl::string_view mission, Position known_at, const LedgerView::Reader& reader) {
  Records records;
  for (const RecordBook::Record& record : reader.records().Of(mission)) {
    if (record.position > known_at) break;
    records.push_back(record);
  }
  return records;
}

// By the day that they speak of, then by position.
std::vector<StatementAt> StatementsOf(const Records& records, const DayInterval& days) {
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

absl::StatusOr<v1::ReconcileResponse> QueryCore::Reconcile(
    const v1::ReconcileRequest& request) const {
  if (request.mission().empty()) return InvalidField("mission", "REQUIRED", "must be given");
  const auto days = CheckDays(request.days(), "days");
  if (!days.ok()) return days.status();
  const uint64_t fingerprint = RequestFingerprint(request);
  const auto page =
      CheckPage(request.page_size(), request.page_token(), kListPageSizes, fingerprint);
  if (!page.ok()) return page.status();

  v1::ReconcileResponse response;
  Position known_at_position = 0;
  Records records;
  {
    const LedgerView::Reader reader(replica_.view());
    const auto known_at = ResolveKnownAt(request.read(), *page, reader);
    if (!known_at.ok()) return known_at.status();
    const absl::Status known = CheckMissionKnown(request.mission(), *known_at, reader);
    if (!known.ok()) return known;
    known_at_position = *known_at;
    *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
    records = RecordsOf(request.mission(), *known_at, reader);
  }
  const std::vector<StatementAt> statements = StatementsOf(records, *days);
  const auto count = static_cast<int64_t>(statements.size());
  const int64_t begin = std::min(count, page->after);
  const int64_t end = std::min(count, begin + page->size);
  const auto of_page = absl::MakeConstSpan(statements).subspan(begin, end - begin);
  for (const JudgedStatement& judged :
       JudgeStatements(replica_.view(), request.mission(), records, known_at_position, of_page)) {
    ToProto(judged, known_at_position, response.add_reconciliations());
  }
  if (end < count) {
    response.set_next_page_token(MakePageToken(fingerprint, known_at_position, end));
  }
  if (page->first) {
    for (v1::Conflict& conflict : FindRecordConflicts(records)) {
      response.add_conflicts()->Swap(&conflict);
    }
    for (v1::Conflict& conflict :
         FindEventConflicts(replica_.view(), request.mission(), known_at_position)) {
      response.add_conflicts()->Swap(&conflict);
    }
  }
  const LedgerView::Reader reader(replica_.view());
  for (v1::Reconciliation& row : *response.mutable_reconciliations()) {
    *row.mutable_since_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
        reader.TimeOfPosition(row.since_position()));
  }
  return response;
}

}  // namespace repatriation
