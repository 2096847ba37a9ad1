#include "tools/repatctl/output/render_quarantine.h"

#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/fields/event_columns.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

constexpr const char* kQuarantineEventColumns[] = {"event_id", "mission", "kind", "day",
                                                   "category", "country", "site", "headcount"};

std::vector<std::string> QuarantineColumns() {
  std::vector<std::string> names = {"position"};
  names.insert(names.end(), std::begin(kQuarantineEventColumns), std::end(kQuarantineEventColumns));
  names.insert(names.end(), {"strength", "strength_series", "strength_as_of", "change_since"});
  return names;
}

// `text` formats a number; positions are identifiers and always plain.
std::vector<std::string> QuarantineCells(const v1::QuarantinedEvent& quarantined,
                                         std::string (*text)(int64_t)) {
  const v1::Event& event = quarantined.record().event();
  std::vector<std::string> cells = {absl::StrCat(quarantined.record().position())};
  for (const char* name : kQuarantineEventColumns) {
    cells.push_back(EventFieldText(event, *EventColumnOf(name)));
  }
  // headcount is the last of these columns.
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
