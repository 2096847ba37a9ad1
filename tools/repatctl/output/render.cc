#include "tools/repatctl/output/render.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/domain/enum_names.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/output/render_groups.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {

namespace {

std::string WithLineEnd(std::string text) {
  if (!absl::EndsWith(text, "\n")) text.push_back('\n');
  return text;
}

std::string JsonText(const google::protobuf::Message& response, bool add_whitespace) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = add_whitespace;
  options.preserve_proto_field_names = true;
  // A figure of zero is a figure.
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for an Any of an unknown type, and no response holds an Any.
  (void)google::protobuf::util::MessageToJsonString(response, &json, options);
  return WithLineEnd(std::move(json));
}

// Names of a figure's columns, bounds among them.
std::vector<std::string> FigureColumns(bool with_bounds) {
  if (with_bounds) return {"headcount", "low", "high", "events"};
  return {"headcount", "events"};
}

// The cells of a figure; `text` makes a number one.
template <typename Text>
void AddFigureCells(const v1::Figure& figure, bool with_bounds, const Text& text,
                    std::vector<std::string>& cells) {
  cells.push_back(text(figure.headcount()));
  if (with_bounds) {
    cells.push_back(figure.has_low() ? text(figure.low()) : "");
    cells.push_back(figure.has_high() ? text(figure.high()) : "");
  }
  cells.push_back(text(figure.events()));
}

}  // namespace

std::string ToJson(const google::protobuf::Message& response) { return JsonText(response, true); }

std::string ToJsonLine(const google::protobuf::Message& response) {
  return JsonText(response, false);
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return google::protobuf::util::TimeUtil::ToString(time);
}

std::string HeaderLine(const v1::ResponseHeader& header) {
  const std::string time = TimeText(header.known_at_time());
  return absl::StrCat("ledger position ", header.applied_position(), ", known at position ",
                      header.known_at_position(), time.empty() ? "" : absl::StrCat(" (", time, ")"),
                      "\n");
}

std::string CompletenessLine(const v1::Completeness& completeness) {
  if (completeness.reported_through().empty()) {
    return "nobody has said up to when everything is reported\n";
  }
  return absl::StrCat("everything is reported through ", completeness.reported_through(),
                      completeness.includes_unknown_days() ? "; later days may still change" : "",
                      "\n");
}

std::string AggregateTable(const v1::GetAggregateResponse& response, const Dimensions& dimensions) {
  const bool with_bounds = response.total().has_low();
  Table table;
  for (const std::string& name : GroupColumns(dimensions)) table.AddColumn(name, Align::kLeft);
  if (dimensions.empty()) table.AddColumn("", Align::kLeft);
  for (const std::string& name : FigureColumns(with_bounds)) table.AddColumn(name, Align::kRight);
  const auto add = [&table, with_bounds](std::vector<std::string> cells, const v1::Figure& figure) {
    AddFigureCells(figure, with_bounds, WithThousands, cells);
    table.AddRow(std::move(cells));
  };
  if (!dimensions.empty()) {
    for (const auto& row : response.rows()) add(GroupCells(row.group(), dimensions), row.figure());
  }
  std::vector<std::string> total(std::max<size_t>(dimensions.size(), 1));
  total.front() = "total";
  add(std::move(total), response.total());
  return absl::StrCat(table.Render(),
                      response.has_completeness() ? CompletenessLine(response.completeness()) : "",
                      HeaderLine(response.header()));
}

std::string AggregateCsv(const v1::GetAggregateResponse& response, const Dimensions& dimensions) {
  const bool with_bounds = response.total().has_low();
  std::vector<std::string> names = GroupColumns(dimensions);
  for (std::string& name : FigureColumns(with_bounds)) names.push_back(std::move(name));
  std::string text = CsvLine(names);
  const auto add = [&text, with_bounds](std::vector<std::string> row, const v1::Figure& figure) {
    AddFigureCells(figure, with_bounds, PlainNumber, row);
    absl::StrAppend(&text, CsvLine(row));
  };
  if (dimensions.empty()) {
    add({}, response.total());
    return text;
  }
  for (const auto& row : response.rows()) add(GroupCells(row.group(), dimensions), row.figure());
  return text;
}

std::string BriefingAsText(const v1::GetBriefingResponse& response) {
  return WithLineEnd(response.text());
}

std::string BriefingAsMarkdown(const v1::GetBriefingResponse& response) {
  return WithLineEnd(response.markdown());
}

std::string BriefingCsv(const v1::GetBriefingResponse& response) {
  std::string text = CsvLine({"category", "headcount", "events"});
  for (const auto& figure : response.figures()) {
    absl::StrAppend(&text,
                    CsvLine({EnumName(figure.category()), absl::StrCat(figure.figure().headcount()),
                             absl::StrCat(figure.figure().events())}));
  }
  return text;
}

std::string MissionsTable(const v1::ListMissionsResponse& response) {
  Table table;
  table.AddColumn("mission", Align::kLeft);
  table.AddColumn("events", Align::kRight);
  table.AddColumn("repatriated", Align::kRight);
  table.AddColumn("first_day", Align::kLeft);
  table.AddColumn("last_day", Align::kLeft);
  for (const auto& mission : response.missions()) {
    table.AddRow({mission.mission(), WithThousands(mission.events()),
                  WithThousands(mission.repatriated()), mission.first_day(), mission.last_day()});
  }
  return absl::StrCat(table.Render(), HeaderLine(response.header()));
}

std::string MissionsCsv(const v1::ListMissionsResponse& response) {
  std::string text = CsvLine({"mission", "events", "repatriated", "first_day", "last_day"});
  for (const auto& mission : response.missions()) {
    absl::StrAppend(&text, CsvLine({mission.mission(), absl::StrCat(mission.events()),
                                    absl::StrCat(mission.repatriated()), mission.first_day(),
                                    mission.last_day()}));
  }
  return text;
}

}  // namespace repatriation
