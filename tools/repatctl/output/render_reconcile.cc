// Reconciliations and quarantine: see render.h.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/domain/enum_names.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/fields/event_columns.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/render_groups.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

// "departed force, BGD, Goundam".
std::string SubjectText(const v1::Statement& statement) {
  std::string text =
      absl::StrCat(EnumName(statement.measure()), " ", EnumName(statement.category()));
  for (const std::string* part : {&statement.country(), &statement.site()}) {
    if (!part->empty()) absl::StrAppend(&text, ", ", *part);
  }
  if (!statement.from().empty()) absl::StrAppend(&text, ", from ", statement.from());
  return text;
}

// Empty where the statement does not say.
std::string QualifierText(const v1::Statement& statement) {
  return statement.qualifier() == v1::QUALIFIER_UNSPECIFIED ? "" : EnumName(statement.qualifier());
}

std::string StatementsTable(const v1::ReconcileResponse& response) {
  Table table;
  table.AddColumn("position", Align::kRight);
  table.AddColumn("day", Align::kLeft);
  table.AddColumn("statement", Align::kLeft);
  table.AddColumn("stated", Align::kRight);
  table.AddColumn("qualifier", Align::kLeft);
  table.AddColumn("recorded", Align::kRight);
  table.AddColumn("difference", Align::kRight);
  table.AddColumn("verdict", Align::kLeft);
  table.AddColumn("since", Align::kRight);
  for (const auto& each : response.reconciliations()) {
    const v1::Statement& statement = each.statement();
    table.AddRow({absl::StrCat(each.position()), statement.day(), SubjectText(statement),
                  WithThousands(statement.headcount()), QualifierText(statement),
                  each.has_recorded() ? WithThousands(each.recorded()) : kNotKnown,
                  each.has_difference() ? WithThousands(each.difference()) : kNotKnown,
                  EnumName(each.verdict()), absl::StrCat(each.since_position())});
  }
  return table.Render();
}

// Why, for each statement that does not simply agree.
std::string ExplanationsTable(const v1::ReconcileResponse& response) {
  Table table;
  table.AddColumn("position", Align::kRight);
  table.AddColumn("why", Align::kLeft);
  bool any = false;
  for (const auto& each : response.reconciliations()) {
    if (each.verdict() == v1::VERDICT_AGREES) continue;
    table.AddRow({absl::StrCat(each.position()), each.explanation()});
    any = true;
  }
  return any ? absl::StrCat("\n", table.Render()) : "";
}

std::string ConflictsTable(const v1::ReconcileResponse& response) {
  if (response.conflicts().empty()) return "";
  Table table;
  table.AddColumn("conflict", Align::kLeft);
  table.AddColumn("positions", Align::kLeft);
  table.AddColumn("description", Align::kLeft);
  for (const auto& conflict : response.conflicts()) {
    table.AddRow({EnumName(conflict.kind()), absl::StrJoin(conflict.positions(), ", "),
                  conflict.description()});
  }
  return absl::StrCat("\n", table.Render());
}

constexpr const char* kQuarantineEventColumns[] = {"event_id", "mission", "kind", "day",
                                                   "category", "country", "site", "headcount"};

std::vector<std::string> QuarantineColumns() {
  std::vector<std::string> names = {"position"};
  names.insert(names.end(), std::begin(kQuarantineEventColumns), std::end(kQuarantineEventColumns));
  names.insert(names.end(), {"strength", "strength_series", "strength_as_of", "change_since"});
  return names;
}

// `text` makes a number one; positions are names and always plain.
std::vector<std::string> QuarantineCells(const v1::QuarantinedEvent& quarantined,
                                         std::string (*text)(int64_t)) {
  const v1::Event& event = quarantined.record().event();
  std::vector<std::string> cells = {absl::StrCat(quarantined.record().position())};
  for (const char* name : kQuarantineEventColumns) {
    cells.push_back(EventFieldText(event, *EventColumnOf(name)));
  }
  // The last one of these columns.
  cells.back() = text(event.headcount());
  const v1::StrengthReport& strength = quarantined.strength();
  cells.push_back(quarantined.has_strength() ? text(strength.headcount()) : "");
  cells.push_back(strength.series());
  cells.push_back(strength.as_of());
  cells.push_back(text(quarantined.change_since()));
  return cells;
}

bool IsNumberColumn(const std::string& name) {
  return name == "position" || name == "headcount" || name == "strength" || name == "change_since";
}

}  // namespace

std::string ReconcileTable(const v1::ReconcileResponse& response) {
  return absl::StrCat(StatementsTable(response), ExplanationsTable(response),
                      ConflictsTable(response), "\n", HeaderLine(response.header()));
}

std::string ReconcileCsv(const v1::ReconcileResponse& response) {
  std::string text =
      CsvLine({"statement", "day", "stated", "qualifier", "recorded", "difference", "verdict"});
  for (const auto& each : response.reconciliations()) {
    const v1::Statement& statement = each.statement();
    absl::StrAppend(&text, CsvLine({statement.record_id(), statement.day(),
                                    absl::StrCat(statement.headcount()), QualifierText(statement),
                                    each.has_recorded() ? absl::StrCat(each.recorded()) : "",
                                    each.has_difference() ? absl::StrCat(each.difference()) : "",
                                    EnumName(each.verdict())}));
  }
  return text;
}

std::string QuarantineTable(const v1::ListQuarantineResponse& response) {
  Table table;
  for (const std::string& name : QuarantineColumns()) {
    table.AddColumn(name, IsNumberColumn(name) ? Align::kRight : Align::kLeft);
  }
  for (const auto& each : response.events()) {
    table.AddRow(QuarantineCells(each, &WithThousands));
  }
  return absl::StrCat(table.Render(), HeaderLine(response.header()));
}

std::string QuarantineCsv(const v1::ListQuarantineResponse& response) {
  std::string text = CsvLine(QuarantineColumns());
  for (const auto& each : response.events())
    absl::StrAppend(&text, CsvLine(QuarantineCells(each, &PlainNumber)));
  return text;
}

}  // namespace repatriation
