#include "tools/repatctl/output/render_aggregate.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

// The columns of a figure.
std::vector<std::string> FigureColumns(bool with_bounds) {
  if (with_bounds) return {"headcount", "low", "high", "events"};
  return {"headcount", "events"};
}

// Appends the cells of a figure; `text` formats a number.
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

}  // namespace repatriation
