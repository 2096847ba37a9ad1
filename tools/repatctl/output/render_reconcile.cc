#include "tools/repatctl/output/render_reconcile.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/domain/enum_names.h"
#include "tools/repatctl/fields/csv_rows.h"
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

// Empty if the statement has none.
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

// The explanation of each statement that does not agree.
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

}  // namespace repatriation
