#include "query_service/core/drawdown/drawdown_answer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "query_service/core/drawdown/closed_sites.h"
#include "query_service/core/drawdown/drawdown_rows.h"
#include "query_service/core/drawdown/pace_forecast.h"
#include "query_service/core/figures/completeness.h"
#include "query_service/core/figures/row_provenance.h"
#include "query_service/core/selection/event_list_token.h"

namespace repatriation {
namespace {

// What the ledger has about a mission as a whole.
struct MissionFacts {
  absl::optional<DayNumber> last_day;  // of an actual event
  const v1::Mandate* mandate = nullptr;
  absl::optional<DayNumber> drawdown_start;
  absl::optional<DayNumber> deadline;
};

MissionFacts FactsOf(absl::string_view mission, const LedgerView::Reader& reader,
                     Position known_at) {
  MissionFacts facts;
  const auto id = reader.FindText(mission);
  if (!id.has_value()) return facts;
  reader.ForEachCell(
      kByDay, known_at, [&](const CellKey& key) { return key.mission == *id; },
      [&](const CellKey& key, const CellTotal&) {
        if (!key.of_events() || key.status != v1::EVENT_STATUS_ACTUAL) return;
        facts.last_day = std::max(facts.last_day.value_or(key.day), key.day);
      });
  facts.mandate = MandateAt(reader.records().Of(mission), known_at);
  if (facts.mandate == nullptr) return facts;
  facts.drawdown_start = ParseDay(facts.mandate->drawdown_start());
  facts.deadline = ParseDay(facts.mandate->deadline());
  return facts;
}

absl::Status NoSuchBaseline(const DrawdownQuestion& question, Position known_at) {
  return WithReason(
      absl::NotFoundError(absl::StrCat(
          "no strength of mission ", Quoted(question.mission()),
          question.series.empty() ? "" : absl::StrCat(" in series ", Quoted(question.series)),
          question.baseline_day.has_value()
              ? absl::StrCat(" as of ", FormatDay(*question.baseline_day))
              : "",
          " is known at position ", known_at)),
      "BASELINE_UNKNOWN");
}

// The first day of the drawdown: as mandated, or else that of the first table.
DayNumber StartOf(const MissionFacts& facts, const StrengthTables& tables) {
  if (facts.drawdown_start.has_value()) return *facts.drawdown_start;
  DayNumber start = INT32_MAX;
  for (const StrengthTable& table : tables.tables()) start = std::min(start, table.as_of());
  return start;
}

// The days that count, through `as_of`: those after the baseline's, or else from the
// mandated start of the drawdown, or else all.
absl::StatusOr<DayInterval> DaysOf(const DrawdownQuestion& question, const MissionFacts& facts,
                                   const StrengthTable* table) {
  DayInterval days;
  DayNumber earliest = DayNumberOf(absl::CivilDay(1, 1, 1));
  if (table != nullptr) {
    earliest = table->as_of();
    days.from = earliest + 1;
  } else if (facts.drawdown_start.has_value()) {
    days.from = earliest = *facts.drawdown_start;
  }
  if (question.as_of.has_value() && *question.as_of < earliest) {
    return InvalidField(
        "as_of", "OUT_OF_RANGE",
        absl::StrCat("must not be before ", FormatDay(earliest), ", the first day that counts, is ",
                     FormatDay(*question.as_of)));
  }
  const DayNumber as_of = std::max(earliest, facts.last_day.value_or(earliest));
  days.to = question.as_of.value_or(as_of) + 1;
  return days;
}

void ToProto(const StrengthTable& table, const People& people, v1::Baseline* baseline) {
  baseline->set_series(std::string(table.series()));
  baseline->set_as_of(FormatDay(table.as_of()));
  baseline->set_headcount(table.HeadcountOf(people).value_or(0));
  baseline->set_position(table.last_position());
}

// The departures that the total counts. REQUIRES: days.from < days.to.
CheckedFilter DepartedFilter(const DrawdownQuestion& question, DayInterval days) {
  v1::Filter filter = question.filter;
  filter.add_kinds(v1::KIND_REPATRIATION);
  filter.add_statuses(v1::EVENT_STATUS_ACTUAL);
  if (days.from != DayInterval().from) filter.mutable_days()->set_from(FormatDay(days.from));
  const std::string to = FormatDay(days.to);
  // The day after 9999-12-31 is not a date; an empty `to` means no end.
  if (ParseDay(to).has_value()) {
    filter.mutable_days()->set_to(to);
  } else {
    days.to = DayInterval().to;
  }
  return {std::move(filter), days};
}

// Gives each row its share of the total's departures.
absl::Status AddRowProvenance(const v1::Filter& departed, Position known_at,
                              v1::GetDrawdownResponse& response) {
  const absl::Status checked = CheckProvenanceFilter(departed);
  if (!checked.ok()) return checked;
  for (v1::DrawdownRow& row : *response.mutable_rows()) {
    *row.mutable_departed_filter() = FilterOfGroup(departed, row.group());
    row.set_departed_page_token(EventsPageToken(row.departed_filter(), known_at));
  }
  return absl::OkStatus();
}

// Which events the total counts, where ListEvents starts with them, and whether
// all of their days are reported.
absl::Status AddDepartures(const DrawdownQuestion& question, const DayInterval& days,
                           Position known_at, const LedgerView::Reader& reader, RowPlanCache& plans,
                           v1::GetDrawdownResponse& response) {
  if (days.to <= days.from) return absl::OkStatus();
  const CheckedFilter departed = DepartedFilter(question, days);
  *response.mutable_departed_filter() = departed.proto;
  response.set_departed_page_token(EventsPageToken(departed.proto, known_at));
  *response.mutable_completeness() = CompletenessOf(departed, known_at, reader, plans);
  if (!question.with_provenance) return absl::OkStatus();
  return AddRowProvenance(departed.proto, known_at, response);
}

}  // namespace

absl::StatusOr<v1::GetDrawdownResponse> AnswerDrawdown(const DrawdownQuestion& question,
                                                       Position known_at,
                                                       const LedgerView::Reader& reader,
                                                       RowPlanCache& plans) {
  const MissionFacts facts = FactsOf(question.mission(), reader, known_at);
  const auto& records = reader.records().Of(question.mission());
  const StrengthTables tables(records, known_at);
  const DayNumber start = StartOf(facts, tables);
  const StrengthTable* table =
      tables.Choose(question.series, question.baseline_day, start, question.people);
  if (table == nullptr && question.names_baseline()) return NoSuchBaseline(question, known_at);
  const auto days = DaysOf(question, facts, table);
  if (!days.ok()) return days.status();

  v1::GetDrawdownResponse response;
  response.set_mission(question.mission());
  if (facts.mandate != nullptr) *response.mutable_mandate() = *facts.mandate;
  absl::optional<int64_t> baseline;
  if (table != nullptr) {
    ToProto(*table, question.people, response.mutable_baseline());
    baseline = table->HeadcountOf(question.people);
  }
  for (const StrengthTable* other : tables.ChoosePerSeries(start, question.people)) {
    ToProto(*other, question.people, response.add_other_baselines());
  }
  DrawdownRows rows(question, *days, reader, known_at);
  rows.ToProto(table, response.mutable_rows());
  rows.total().ToProto(baseline, response.mutable_total());
  const PaceForecast pace(baseline, days->from, days->to - 1, rows.happened(),
                          question.pace_window_days);
  *response.mutable_pace() = pace.PaceTo(facts.deadline);
  *response.mutable_forecast() = pace.Forecast(rows.planned());
  AddClosedSites(question, table, *days, records, reader, known_at,
                 response.mutable_closed_sites());
  const bool bounded = question.as_of.has_value() || table != nullptr ||
                       facts.drawdown_start.has_value() || facts.last_day.has_value();
  if (!bounded) return response;
  response.set_as_of(FormatDay(days->to - 1));
  const absl::Status added = AddDepartures(question, *days, known_at, reader, plans, response);
  if (!added.ok()) return added;
  return response;
}

}  // namespace repatriation
