#include "tools/repatctl/output/render_events.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/domain/enum_names.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/fields/event_columns.h"
#include "tools/repatctl/output/entry_text.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

std::vector<std::string> EventCells(const v1::Event& event) {
  std::vector<std::string> cells;
  for (size_t i = 0; i < EventColumns().size(); ++i) cells.push_back(EventFieldText(event, i));
  return cells;
}

// How an event counts; empty if the service does not say.
std::string StatusText(v1::EventStatus status) {
  return status == v1::EVENT_STATUS_UNSPECIFIED ? "" : EnumName(status);
}

// "headcount 116 -> 118, site  -> Mopti".
std::string ChangesBetween(const v1::Event& before, const v1::Event& after) {
  std::vector<std::string> changes;
  for (size_t i = 0; i < EventColumns().size(); ++i) {
    std::string old_text = EventFieldText(before, i);
    std::string new_text = EventFieldText(after, i);
    if (old_text == new_text) continue;
    if (old_text.empty()) old_text = "unspecified";
    if (new_text.empty()) new_text = "unspecified";
    changes.push_back(absl::StrCat(EventColumns()[i], " ", old_text, " -> ", new_text));
  }
  return absl::StrJoin(changes, ", ");
}

std::string HistoryTable(const v1::GetEventResponse& response) {
  Table table;
  table.AddColumn("position", Align::kRight);
  for (const char* name : {"recorded_time", "entry", "correction_id", "reason", "change"}) {
    table.AddColumn(name, Align::kLeft);
  }
  v1::Event content;
  for (const auto& entry : response.history()) {
    const EntryText text = TextOf(entry);
    const bool amends = entry.has_amendment();
    table.AddRow({absl::StrCat(entry.position()), TimeText(entry.recorded_time()), text.kind,
                  text.correction_id, text.reason,
                  amends ? ChangesBetween(content, text.event) : ""});
    if (entry.has_event() || amends) content = text.event;
  }
  return table.Render();
}

// An event's field for people: numbers with thousands separators.
std::string FieldForTable(const v1::Event& event, size_t column, bool is_number) {
  std::string text = EventFieldText(event, column);
  int64_t number = 0;
  return is_number && absl::SimpleAtoi(text, &number) ? WithThousands(number) : text;
}

}  // namespace

std::string EventsTable(const v1::ListEventsResponse& response) {
  Table table;
  std::vector<std::string> positions;
  for (const auto& record : response.events()) {
    positions.push_back(absl::StrCat(record.position()));
  }
  table.AddColumn("position", Align::kRight, std::move(positions));
  for (size_t i = 0; i < EventColumns().size(); ++i) {
    const std::string& name = EventColumns()[i];
    // Often long; GetEvent and the other formats show them.
    if (name == "source" || name == "movement_ref") continue;
    const bool is_number = name == "headcount" || name == "female";
    std::vector<std::string> cells;
    for (const auto& record : response.events()) {
      // One column for the source's status and the one that the service assigns.
      const bool not_actual = record.status() > v1::EVENT_STATUS_ACTUAL;
      cells.push_back(name == "status" && not_actual ? StatusText(record.status())
                                                     : FieldForTable(record.event(), i, is_number));
    }
    if (std::all_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.empty(); })) {
      continue;
    }
    table.AddColumn(name, is_number ? Align::kRight : Align::kLeft, std::move(cells));
  }
  return absl::StrCat(table.Render(), HeaderLine(response.header()));
}

std::string EventsCsvHeader() {
  std::vector<std::string> names = EventColumns();
  names.insert(names.end(), {"position", "recorded_time", "counts_as"});
  return CsvLine(names);
}

std::string EventsCsvRows(const v1::ListEventsResponse& response) {
  std::string text;
  for (const auto& record : response.events()) {
    std::vector<std::string> cells = EventCells(record.event());
    cells.push_back(absl::StrCat(record.position()));
    cells.push_back(TimeText(record.recorded_time()));
    cells.push_back(StatusText(record.status()));
    absl::StrAppend(&text, CsvLine(cells));
  }
  return text;
}

std::string EventTable(const v1::GetEventResponse& response) {
  Table table;
  table.AddColumn("field", Align::kLeft);
  table.AddColumn("value", Align::kLeft);
  for (size_t i = 0; i < EventColumns().size(); ++i) {
    std::string text = EventFieldText(response.event(), i);
    if (!text.empty()) table.AddRow({EventColumns()[i], std::move(text)});
  }
  if (response.status() == v1::EVENT_STATUS_QUARANTINED) {
    table.AddRow({"counts_as", StatusText(response.status())});
  }
  const std::string content =
      response.voided() ? "voided: not counted in any figure\n" : table.Render();
  return absl::StrCat(content, "\n", HistoryTable(response), HeaderLine(response.header()));
}

std::string EventCsv(const v1::GetEventResponse& response) {
  std::vector<std::string> names = {"position", "recorded_time", "entry", "correction_id",
                                    "reason"};
  names.insert(names.end(), EventColumns().begin(), EventColumns().end());
  std::string text = CsvLine(names);
  for (const auto& entry : response.history()) {
    const EntryText parts = TextOf(entry);
    std::vector<std::string> cells = {absl::StrCat(entry.position()),
                                      TimeText(entry.recorded_time()), parts.kind,
                                      parts.correction_id, parts.reason};
    const std::vector<std::string> content = EventCells(parts.event);
    cells.insert(cells.end(), content.begin(), content.end());
    absl::StrAppend(&text, CsvLine(cells));
  }
  return text;
}

}  // namespace repatriation
