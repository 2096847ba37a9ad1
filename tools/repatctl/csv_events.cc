#include "tools/repatctl/csv_events.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/text.h"

namespace repatriation {
namespace {

constexpr const char* kRequired[] = {"mission", "kind", "day", "category", "headcount"};

bool IsRequired(const std::string& column) {
  return std::find(std::begin(kRequired), std::end(kRequired), column) != std::end(kRequired);
}

// "what NAME, NAME", or nothing if there are no names.
void AddProblem(const char* what, const std::vector<std::string>& names,
                std::vector<std::string>& problems) {
  if (names.empty()) return;
  problems.push_back(
      absl::StrCat(what, names.size() == 1 ? " column " : " columns ", absl::StrJoin(names, ", ")));
}

// The columns that the header names, or INVALID_ARGUMENT with every problem.
absl::StatusOr<std::vector<size_t>> ColumnsOf(const std::vector<std::string>& header) {
  std::vector<size_t> columns;
  std::vector<std::string> unknown;
  std::vector<std::string> repeated;
  std::vector<std::string> missing;
  for (const std::string& name : header) {
    const auto column = EventColumnOf(name);
    if (!column.has_value()) {
      unknown.push_back(Quoted(name));
    } else if (std::find(columns.begin(), columns.end(), *column) != columns.end()) {
      repeated.push_back(Quoted(name));
    } else {
      columns.push_back(*column);
    }
  }
  for (const char* name : kRequired) {
    if (std::find(header.begin(), header.end(), name) == header.end()) {
      missing.push_back(Quoted(name));
    }
  }
  std::vector<std::string> problems;
  AddProblem("unknown", unknown, problems);
  AddProblem("duplicate", repeated, problems);
  AddProblem("missing", missing, problems);
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
  return columns;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventFileReader>> EventFileReader::Open(std::istream& input) {
  std::unique_ptr<EventFileReader> reader(new EventFileReader(input));
  if (auto status = reader->ReadHeader(); !status.ok()) return status;
  return reader;
}

absl::Status EventFileReader::ReadHeader() {
  const auto found = rows_.Next(row_);
  if (!found.ok()) return found.status();
  if (!*found) {
    return absl::InvalidArgumentError(
        absl::StrCat("no header line; the columns are ", absl::StrJoin(EventColumns(), ",")));
  }
  if (!row_.malformed.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("malformed header: ", row_.malformed));
  }
  auto columns = ColumnsOf(row_.cells);
  if (!columns.ok()) return columns.status();
  columns_ = *std::move(columns);
  return absl::OkStatus();
}

absl::StatusOr<bool> EventFileReader::Next(EventRow& row) {
  const auto found = rows_.Next(row_);
  if (!found.ok() || !*found) return found;
  row.line = row_.line;
  row.event.Clear();
  row.error = ToEvent(row_, row.event);
  if (!row.error.has_value() && row.event.event_id().empty()) {
    row.event.set_event_id(ids_.IdFor(row.event));
  }
  return true;
}

absl::optional<FieldError> EventFileReader::ToEvent(const CsvRow& row, v1::Event& event) {
  if (!row.malformed.empty()) return FieldError{"row", "MALFORMED_CSV", row.malformed};
  if (row.cells.size() != columns_.size()) {
    return FieldError{
        "row", "WRONG_NUMBER_OF_FIELDS",
        absl::StrCat(row.cells.size(), " fields where the header names ", columns_.size())};
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    const std::string& name = EventColumns()[columns_[i]];
    // Said here since the schema cannot tell an empty headcount from 0.
    if (row.cells[i].empty() && IsRequired(name)) {
      return FieldError{name, "REQUIRED", "must be given"};
    }
    auto error = SetEventField(columns_[i], row.cells[i], event);
    if (error.has_value()) return error;
  }
  return absl::nullopt;
}

}  // namespace repatriation
