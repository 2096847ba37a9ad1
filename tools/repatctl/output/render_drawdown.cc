#include "tools/repatctl/output/render_drawdown.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {
namespace {

struct NumberColumn {
  const char* name;
  // The number, or nullopt if it is not known.
  absl::optional<int64_t> (*of)(const v1::DrawdownRow& row);
  // Omitted from the table if every row has 0.
  bool optional;
};

template <int64_t (v1::DrawdownRow::*number)() const>
absl::optional<int64_t> Known(const v1::DrawdownRow& row) {
  return (row.*number)();
}

// CSV has the first kCsvColumns: its columns do not change.
constexpr size_t kCsvColumns = 6;
const NumberColumn kNumberColumns[] = {
    {"baseline",
     [](const v1::DrawdownRow& row) {
       return row.has_baseline() ? absl::make_optional<int64_t>(row.baseline()) : absl::nullopt;
     },
     false},
    {"departed", &Known<&v1::DrawdownRow::departed>, false},
    {"arrived", &Known<&v1::DrawdownRow::arrived>, false},
    {"separated", &Known<&v1::DrawdownRow::separated>, false},
    {"died", &Known<&v1::DrawdownRow::died>, false},
    {"remaining",
     [](const v1::DrawdownRow& row) {
       return row.has_remaining() ? absl::make_optional<int64_t>(row.remaining()) : absl::nullopt;
     },
     false},
    {"relocated_in", &Known<&v1::DrawdownRow::relocated_in>, true},
    {"relocated_out", &Known<&v1::DrawdownRow::relocated_out>, true},
    {"quarantined", &Known<&v1::DrawdownRow::quarantined>, true},
    {"planned", &Known<&v1::DrawdownRow::planned>, true},
    {"planned_later", &Known<&v1::DrawdownRow::planned_later>, true},
};

std::string PercentText(const v1::DrawdownRow& row) {
  return row.has_percent_departed() ? absl::StrFormat("%.1f", row.percent_departed()) : kNotKnown;
}

// The rows, the total last.
std::string RowsTable(const v1::GetDrawdownResponse& response, const Dimensions& dimensions) {
  std::vector<const v1::DrawdownRow*> rows;
  if (!dimensions.empty()) {
    for (const auto& row : response.rows()) rows.push_back(&row);
  }
  rows.push_back(&response.total());

  Table table;
  for (const std::string& name : GroupColumns(dimensions)) table.AddColumn(name, Align::kLeft);
  if (dimensions.empty()) table.AddColumn("", Align::kLeft);
  std::vector<const NumberColumn*> columns;
  for (const NumberColumn& column : kNumberColumns) {
    const bool is_empty = std::all_of(rows.begin(), rows.end(),
                                      [&column](const auto* row) { return column.of(*row) == 0; });
    if (column.optional && is_empty) continue;
    columns.push_back(&column);
    table.AddColumn(column.name, Align::kRight);
  }
  table.AddColumn("percent_departed", Align::kRight);
  for (const v1::DrawdownRow* row : rows) {
    std::vector<std::string> cells(std::max<size_t>(dimensions.size(), 1));
    cells.front() = "total";
    if (row != &response.total()) cells = GroupCells(row->group(), dimensions);
    for (const NumberColumn* column : columns) {
      const auto number = column->of(*row);
      cells.push_back(number.has_value() ? WithThousands(*number) : kNotKnown);
    }
    cells.push_back(PercentText(*row));
    table.AddRow(std::move(cells));
  }
  return table.Render();
}

std::string BaselineText(const v1::Baseline& baseline, bool is_known) {
  return absl::StrCat(baseline.series(), " of ", baseline.as_of(), ", ",
                      is_known ? WithThousands(baseline.headcount()) : kNotKnown,
                      " people (position ", baseline.position(), ")");
}

std::string MandateText(const v1::GetDrawdownResponse& response) {
  if (!response.has_mandate()) return "not recorded";
  const v1::Mandate& mandate = response.mandate();
  return absl::StrCat(mandate.resolution(), " of ", mandate.adopted(), ": ",
                      mandate.drawdown_start(), " to ", mandate.deadline());
}

std::string PaceText(const v1::Pace& pace) {
  std::string text = absl::StrFormat("%.1f a day in the last %d days", pace.achieved_per_day(),
                                     pace.window_days());
  if (pace.has_needed_per_day()) {
    absl::StrAppendFormat(&text, ", %.1f a day needed", pace.needed_per_day());
  }
  return text;
}

std::string DeadlineText(const v1::Pace& pace) {
  if (!pace.has_days_to_deadline()) return kNotKnown;
  const int days = pace.days_to_deadline();
  if (days == 0) return "on this day";
  return days < 0 ? absl::StrCat("passed ", -days, " days ago")
                  : absl::StrCat("in ", days, " days");
}

std::string ForecastText(const v1::Forecast& forecast) {
  std::string text;
  if (!forecast.absent_because().empty()) {
    text = absl::StrCat("none, ", forecast.absent_because());
  } else {
    text =
        absl::StrCat("completed on ", forecast.completion_day(), " (", forecast.earliest_day(),
                     " to ", forecast.latest_day().empty() ? "never" : forecast.latest_day(), ")");
  }
  if (!forecast.planned_completion_day().empty()) {
    absl::StrAppend(&text, "; planned for ", forecast.planned_completion_day());
  }
  return text;
}

// Mandate, baselines, deadline, pace and forecast, a line each.
std::string SummaryTable(const v1::GetDrawdownResponse& response) {
  Table table;
  table.AddColumn(response.mission(), Align::kLeft);
  table.AddColumn(absl::StrCat("through ", response.as_of().empty() ? kNotKnown : response.as_of()),
                  Align::kLeft);
  table.AddRow({"mandate", MandateText(response)});
  // A strength table may have no rows for the people selected.
  table.AddRow({"baseline", response.has_baseline()
                                ? BaselineText(response.baseline(), response.total().has_baseline())
                                : kNotKnown});
  for (const auto& other : response.other_baselines()) {
    const v1::Baseline& chosen = response.baseline();
    // The list includes the chosen baseline.
    if (other.series() == chosen.series() && other.as_of() == chosen.as_of()) continue;
    table.AddRow({"other baseline", BaselineText(other, true)});
  }
  table.AddRow({"deadline", DeadlineText(response.pace())});
  table.AddRow({"pace", PaceText(response.pace())});
  table.AddRow({"forecast", ForecastText(response.forecast())});
  const v1::Forecast& forecast = response.forecast();
  if (!forecast.method().empty()) table.AddRow({"method", forecast.method()});
  if (forecast.backtest_days() > 0) {
    table.AddRow({"backtest", absl::StrCat("held on ", forecast.backtest_held_days(), " of ",
                                           forecast.backtest_days(), " past days")});
  }
  return table.Render();
}

std::string ClosedSitesTable(const v1::GetDrawdownResponse& response) {
  if (response.closed_sites().empty()) return "";
  Table table;
  table.AddColumn("closed_site", Align::kLeft);
  table.AddColumn("closed_day", Align::kLeft);
  table.AddColumn("remaining", Align::kRight);
  table.AddColumn("other_days", Align::kLeft);
  for (const auto& site : response.closed_sites()) {
    table.AddRow({site.site(), site.closed_day(),
                  site.has_remaining() ? WithThousands(site.remaining()) : kNotKnown,
                  absl::StrJoin(site.other_days(), ", ")});
  }
  return absl::StrCat("\n", table.Render());
}

}  // namespace

std::string DrawdownTable(const v1::GetDrawdownResponse& response, const Dimensions& dimensions) {
  return absl::StrCat(RowsTable(response, dimensions), "\n", SummaryTable(response),
                      ClosedSitesTable(response), "\n", CompletenessLine(response.completeness()),
                      HeaderLine(response.header()));
}

std::string DrawdownCsv(const v1::GetDrawdownResponse& response, const Dimensions& dimensions) {
  std::vector<std::string> names = GroupColumns(dimensions);
  for (size_t i = 0; i < kCsvColumns; ++i) names.emplace_back(kNumberColumns[i].name);
  std::string text = CsvLine(names);
  const auto add = [&text](std::vector<std::string> cells, const v1::DrawdownRow& row) {
    for (size_t i = 0; i < kCsvColumns; ++i) {
      const auto number = kNumberColumns[i].of(row);
      cells.push_back(number.has_value() ? absl::StrCat(*number) : "");
    }
    absl::StrAppend(&text, CsvLine(cells));
  };
  if (dimensions.empty()) {
    add({}, response.total());
    return text;
  }
  for (const auto& row : response.rows()) add(GroupCells(row.group(), dimensions), row);
  return text;
}

}  // namespace repatriation
