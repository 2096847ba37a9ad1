#include "tools/repatctl/render.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/domain/words.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"
#include "tools/repatctl/csv_rows.h"
#include "tools/repatctl/render_groups.h"
#include "tools/repatctl/tables.h"

namespace repatriation {

std::string ToJson(const google::protobuf::Message& response) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  // A figure of zero is a figure.
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for an Any of an unknown type, and no response holds an Any.
  (void)google::protobuf::util::MessageToJsonString(response, &json, options);
  if (!absl::EndsWith(json, "\n")) json.push_back('\n');
  return json;
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

std::string AggregateTable(const v1::GetAggregateResponse& response, const Dimensions& dimensions) {
  Table table;
  for (const std::string& name : GroupColumns(dimensions)) table.AddColumn(name, Align::kLeft);
  if (dimensions.empty()) table.AddColumn("", Align::kLeft);
  table.AddColumn("headcount", Align::kRight);
  table.AddColumn("events", Align::kRight);
  const auto add = [&table](std::vector<std::string> cells, const v1::Figure& figure) {
    cells.push_back(WithThousands(figure.headcount()));
    cells.push_back(WithThousands(figure.events()));
    table.AddRow(std::move(cells));
  };
  if (!dimensions.empty()) {
    for (const auto& row : response.rows()) add(GroupCells(row.group(), dimensions), row.figure());
  }
  std::vector<std::string> total(std::max<size_t>(dimensions.size(), 1));
  total.front() = "total";
  add(std::move(total), response.total());
  return absl::StrCat(table.Render(), HeaderLine(response.header()));
}

std::string AggregateCsv(const v1::GetAggregateResponse& response, const Dimensions& dimensions) {
  std::vector<std::string> cells = GroupColumns(dimensions);
  cells.insert(cells.end(), {"headcount", "events"});
  std::string text = CsvLine(cells);
  const auto add = [&text](std::vector<std::string> row, const v1::Figure& figure) {
    row.push_back(absl::StrCat(figure.headcount()));
    row.push_back(absl::StrCat(figure.events()));
    absl::StrAppend(&text, CsvLine(row));
  };
  if (dimensions.empty()) {
    add({}, response.total());
    return text;
  }
  for (const auto& row : response.rows()) add(GroupCells(row.group(), dimensions), row.figure());
  return text;
}

std::string BriefingText(const v1::GetBriefingResponse& response) {
  return absl::EndsWith(response.text(), "\n") ? response.text()
                                               : absl::StrCat(response.text(), "\n");
}

std::string BriefingCsv(const v1::GetBriefingResponse& response) {
  std::string text = CsvLine({"category", "headcount", "events"});
  for (const auto& figure : response.figures()) {
    absl::StrAppend(&text,
                    CsvLine({Word(figure.category()), absl::StrCat(figure.figure().headcount()),
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
