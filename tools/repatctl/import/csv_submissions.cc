#include "tools/repatctl/import/csv_submissions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/text.h"

namespace repatriation {
namespace {

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Adds "what column NAME" or "what columns NAME, NAME" if there are names.
void AddProblem(const char* what, const std::vector<std::string>& names,
                std::vector<std::string>& problems) {
  if (names.empty()) return;
  problems.push_back(
      absl::StrCat(what, names.size() == 1 ? " column " : " columns ", absl::StrJoin(names, ", ")));
}

// The columns that the header names, or INVALID_ARGUMENT with every problem.
absl::StatusOr<std::vector<size_t>> ColumnsIn(const std::vector<std::string>& header,
                                              const ImportKind& kind) {
  std::vector<size_t> columns;
  std::vector<std::string> unknown;
  std::vector<std::string> repeated;
  std::vector<std::string> missing;
  for (const std::string& name : header) {
    const auto column = kind.columns->IndexOf(name);
    if (!column.has_value()) {
      unknown.push_back(Quoted(name));
    } else if (std::find(columns.begin(), columns.end(), *column) != columns.end()) {
      repeated.push_back(Quoted(name));
    } else {
      columns.push_back(*column);
    }
  }
  for (const std::string& name : kind.required) {
    if (!Contains(header, name)) missing.push_back(Quoted(name));
  }
  std::vector<std::string> problems;
  AddProblem("unknown", unknown, problems);
  AddProblem("duplicate", repeated, problems);
  AddProblem("missing", missing, problems);
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
  return columns;
}

}  // namespace

absl::StatusOr<CsvFile> OpenCsvFile(std::istream& input, const std::vector<std::string>& columns) {
  CsvFile file{std::make_unique<CsvRowReader>(input), {}};
  CsvRow row;
  const auto found = file.rows->Next(row);
  if (!found.ok()) return found.status();
  if (!*found) {
    return absl::InvalidArgumentError(
        absl::StrCat("no header line; the columns are ", absl::StrJoin(columns, ",")));
  }
  if (!row.malformed.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("malformed header: ", row.malformed));
  }
  file.header = std::move(row.cells);
  return file;
}

absl::optional<FieldError> CheckShape(const CsvRow& row, size_t columns) {
  if (!row.malformed.empty()) return FieldError{"row", "MALFORMED_CSV", row.malformed};
  if (row.cells.size() == columns) return absl::nullopt;
  return FieldError{
      "row", "WRONG_NUMBER_OF_FIELDS",
      absl::StrCat("must have ", columns, " fields like the header, has ", row.cells.size())};
}

absl::StatusOr<std::unique_ptr<CsvSubmissionReader>> CsvSubmissionReader::Open(
    CsvFile file, const ImportKind& kind) {
  auto columns = ColumnsIn(file.header, kind);
  if (!columns.ok()) return columns.status();
  return std::unique_ptr<CsvSubmissionReader>(
      new CsvSubmissionReader(std::move(file), kind, *std::move(columns)));
}

CsvSubmissionReader::CsvSubmissionReader(CsvFile file, const ImportKind& kind,
                                         std::vector<size_t> columns)
    : file_(std::move(file)), kind_(kind), ids_(*kind.columns) {
  for (const size_t column : columns) {
    columns_.push_back({column, Contains(kind.required, kind.columns->names()[column])});
  }
}

absl::StatusOr<bool> CsvSubmissionReader::Next(SubmissionRow& row) {
  const auto found = file_.rows->Next(row_);
  if (!found.ok() || !*found) return found;
  row.line = row_.line;
  row.submission.Clear();
  google::protobuf::Message& message = kind_.ContentOf(row.submission);
  row.error = Fill(message);
  static constexpr size_t kId = 0;
  row.id_derived = !row.error.has_value() && kind_.columns->Text(message, kId).empty();
  if (row.id_derived) {
    row.error = kind_.columns->Set(kId, ids_.IdFor(message), message);
  }
  return true;
}

absl::optional<FieldError> CsvSubmissionReader::Fill(google::protobuf::Message& message) {
  if (auto error = CheckShape(row_, columns_.size()); error.has_value()) return error;
  for (size_t i = 0; i < columns_.size(); ++i) {
    // Checked here since the schema cannot distinguish a missing headcount from 0.
    if (row_.cells[i].empty() && columns_[i].required) {
      return FieldError{kind_.columns->names()[columns_[i].index], "REQUIRED", "must be set"};
    }
    auto error = kind_.columns->Set(columns_[i].index, row_.cells[i], message);
    if (error.has_value()) return error;
  }
  return absl::nullopt;
}

}  // namespace repatriation
