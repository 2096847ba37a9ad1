#include "tools/repatctl/output/render_changes.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/domain/enum_names.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/output/entry_text.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/render_aggregate.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

// "+5", "-1,200", "0".
std::string Signed(int64_t number) {
  return absl::StrCat(number > 0 ? "+" : "", WithThousands(number));
}

std::string FiguresTable(const v1::CompareAggregatesResponse& response) {
  const v1::Figure& before = response.before();
  const v1::Figure& after = response.after();
  Table table;
  table.AddColumn("", Align::kLeft);
  for (const char* name : {"position", "headcount", "events"}) {
    table.AddColumn(name, Align::kRight);
  }
  table.AddRow({"before", absl::StrCat(response.before_position()),
                WithThousands(before.headcount()), WithThousands(before.events())});
  table.AddRow({"after", absl::StrCat(response.header().known_at_position()),
                WithThousands(after.headcount()), WithThousands(after.events())});
  table.AddRow({"difference", "", Signed(after.headcount() - before.headcount()),
                Signed(after.events() - before.events())});
  return table.Render();
}

std::string ChangesTable(const v1::CompareAggregatesResponse& response) {
  if (response.changes().empty()) return "";
  Table table;
  table.AddColumn("position", Align::kRight);
  for (const char* name : {"recorded_time", "change", "event_id", "day"}) {
    table.AddColumn(name, Align::kLeft);
  }
  table.AddColumn("headcount", Align::kRight);
  table.AddColumn("reason", Align::kLeft);
  for (const auto& change : response.changes()) {
    const EntryText text = TextOf(change.entry());
    table.AddRow({absl::StrCat(change.entry().position()), TimeText(change.entry().recorded_time()),
                  EnumName(change.kind()), text.event.event_id(), text.event.day(),
                  Signed(change.headcount()), text.reason});
  }
  return absl::StrCat("\n", table.Render());
}

// The same answer as a response of GetAggregate.
v1::GetAggregateResponse AsAggregate(const v1::WatchAggregateResponse& response) {
  v1::GetAggregateResponse aggregate;
  *aggregate.mutable_header() = response.header();
  *aggregate.mutable_rows() = response.rows();
  *aggregate.mutable_total() = response.total();
  return aggregate;
}

}  // namespace

std::string CompareTable(const v1::CompareAggregatesResponse& response) {
  return absl::StrCat(FiguresTable(response), ChangesTable(response), "\n",
                      HeaderLine(response.header()));
}

std::string CompareCsv(const v1::CompareAggregatesResponse& response) {
  std::string csv = CsvLine({"position", "recorded_time", "change", "event_id", "event_position",
                             "day", "headcount", "correction_id", "reason"});
  for (const auto& change : response.changes()) {
    const EntryText text = TextOf(change.entry());
    absl::StrAppend(
        &csv,
        CsvLine({absl::StrCat(change.entry().position()), TimeText(change.entry().recorded_time()),
                 EnumName(change.kind()), text.event.event_id(),
                 absl::StrCat(change.event_position()), text.event.day(),
                 absl::StrCat(change.headcount()), text.correction_id, text.reason}));
  }
  return csv;
}

std::string WatchTable(const v1::WatchAggregateResponse& response, const Dimensions& dimensions) {
  return absl::StrCat(AggregateTable(AsAggregate(response), dimensions),
                      "resume with --resume_token ", response.resume_token(), "\n\n");
}

std::string WatchCsvHeader(const Dimensions& dimensions) {
  std::vector<std::string> names = {"position", "recorded_time"};
  for (std::string& name : GroupColumns(dimensions)) names.push_back(std::move(name));
  names.insert(names.end(), {"headcount", "events", "resume_token"});
  return CsvLine(names);
}

std::string WatchCsvRows(const v1::WatchAggregateResponse& response, const Dimensions& dimensions) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& group, const v1::Figure& figure) {
    std::vector<std::string> cells = {absl::StrCat(response.header().known_at_position()),
                                      TimeText(response.header().known_at_time())};
    cells.insert(cells.end(), group.begin(), group.end());
    cells.push_back(absl::StrCat(figure.headcount()));
    cells.push_back(absl::StrCat(figure.events()));
    cells.push_back(response.resume_token());
    absl::StrAppend(&text, CsvLine(cells));
  };
  if (dimensions.empty()) {
    add({}, response.total());
    return text;
  }
  for (const auto& row : response.rows()) add(GroupCells(row.group(), dimensions), row.figure());
  return text;
}

}  // namespace repatriation
