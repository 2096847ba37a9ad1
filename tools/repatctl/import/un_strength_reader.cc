#include "tools/repatctl/import/un_strength_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/text.h"
#include "tools/repatctl/fields/event_columns.h"

namespace repatriation {
namespace {

enum Column : size_t { kAsOf, kMission, kCountry, kPersonnelType, kMen, kWomen, kTotal };
constexpr const char* kSheetColumns[] = {"as_of",          "mission_acronym", "isocode3",
                                         "personnel_type", "male_personnel",  "female_personnel",
                                         "total"};

struct PersonnelType {
  absl::string_view name;
  v1::Category category;
};
constexpr PersonnelType kPersonnelTypes[] = {
    {"Troops", v1::CATEGORY_CONTINGENT_TROOPS},
    {"Staff Officer", v1::CATEGORY_MILITARY_STAFF_OFFICER},
    {"Experts on Mission", v1::CATEGORY_EXPERT_ON_MISSION},
    {"Individual Police", v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER},
    {"Formed Police Units", v1::CATEGORY_FORMED_POLICE_UNIT},
};

absl::optional<FieldError> SetCategory(const std::string& type, v1::StrengthReport& report) {
  std::vector<absl::string_view> names;
  for (const PersonnelType& known : kPersonnelTypes) {
    if (type == known.name) report.set_category(known.category);
    names.push_back(known.name);
  }
  if (report.category() != v1::CATEGORY_UNSPECIFIED) return absl::nullopt;
  return FieldError{
      kSheetColumns[kPersonnelType], "UNKNOWN_VALUE",
      absl::StrCat("must be one of ", absl::StrJoin(names, ", "), ", is ", Quoted(type))};
}

// Sets `field` of the report from `text`; an error names the column of this file.
absl::optional<FieldError> SetField(Column column, absl::string_view field, const std::string& text,
                                    v1::StrengthReport& report) {
  const MessageColumns& columns = ColumnsOf<v1::StrengthReport>();
  auto error = columns.Set(*columns.IndexOf(field), text, report);
  if (error.has_value()) error->field = kSheetColumns[column];
  return error;
}

}  // namespace

bool IsUnStrengthHeader(const std::vector<std::string>& header) {
  return std::all_of(std::begin(kSheetColumns), std::end(kSheetColumns),
                     [&header](const char* name) {
                       return std::find(header.begin(), header.end(), name) != header.end();
                     });
}

UnStrengthReader::UnStrengthReader(CsvFile file, UnStrengthOptions options)
    : file_(std::move(file)),
      options_(std::move(options)),
      column_indexes_(ColumnIndexes(file_.header)),
      record_ids_(ColumnsOf<v1::StrengthReport>()) {}

std::vector<size_t> UnStrengthReader::ColumnIndexes(const std::vector<std::string>& header) const {
  std::vector<size_t> indexes;
  for (const char* name : kSheetColumns) {
    indexes.push_back(
        static_cast<size_t>(std::find(header.begin(), header.end(), name) - header.begin()));
  }
  return indexes;
}

absl::StatusOr<bool> UnStrengthReader::Next(SubmissionRow& row) {
  while (!rows_ended_) {
    const auto found = file_.rows->Next(row_);
    if (!found.ok()) return found.status();
    rows_ended_ = !*found;
    if (rows_ended_ || IsSkipped()) continue;
    row.line = row_.line;
    row.submission.Clear();
    v1::StrengthReport& report = *row.submission.mutable_record()->mutable_strength();
    row.error = ReadRow(report);
    row_failed_ |= row.error.has_value();
    if (row.error.has_value()) return true;
    row.id_derived = true;
    report.set_record_id(record_ids_.IdFor(report));
    if (options_.derive_movements) tables_.Add(report, row_.line);
    return true;
  }
  return NextMovement(row);
}

bool UnStrengthReader::IsSkipped() const {
  if (CheckShape(row_, file_.header.size()).has_value()) return false;
  const auto day = ParseDay(Cell(kAsOf));
  return day.has_value() && !options_.days.Contains(*day);
}

absl::optional<FieldError> UnStrengthReader::ReadRow(v1::StrengthReport& report) {
  if (auto error = CheckShape(row_, file_.header.size()); error.has_value()) return error;
  for (const Column column : {kAsOf, kMission, kPersonnelType, kTotal}) {
    if (Cell(column).empty()) return FieldError{kSheetColumns[column], "REQUIRED", "must be set"};
  }
  if (!ParseDay(Cell(kAsOf)).has_value()) {
    return FieldError{kSheetColumns[kAsOf], "NOT_A_DATE",
                      absl::StrCat("must be a date as YYYY-MM-DD, is ", Quoted(Cell(kAsOf)))};
  }
  report.set_series(options_.series);
  report.set_source(options_.source);
  report.set_as_of(Cell(kAsOf));
  auto error = SetField(kMission, "mission", Cell(kMission), report);
  if (!error.has_value()) error = SetField(kCountry, "country", Cell(kCountry), report);
  if (!error.has_value()) error = SetCategory(Cell(kPersonnelType), report);
  if (!error.has_value()) error = ReadCounts(report);
  return error;
}

absl::optional<FieldError> UnStrengthReader::ReadCounts(v1::StrengthReport& report) {
  v1::StrengthReport men;
  auto error = SetField(kTotal, "headcount", Cell(kTotal), report);
  if (!error.has_value()) error = SetField(kWomen, "female", Cell(kWomen), report);
  if (!error.has_value()) error = SetField(kMen, "female", Cell(kMen), men);
  if (error.has_value()) return error;
  const int64_t sum = int64_t{men.female()} + report.female();
  if (men.has_female() && report.has_female() && sum != report.headcount()) {
    return FieldError{
        kSheetColumns[kTotal], "TOTAL_MISMATCH",
        absl::StrCat("must be the sum of men and women, ", sum, ", is ", report.headcount())};
  }
  return absl::nullopt;
}

absl::StatusOr<bool> UnStrengthReader::NextMovement(SubmissionRow& row) {
  if (!options_.derive_movements) return false;
  if (row_failed_) {
    return absl::FailedPreconditionError(
        "no movements are derived, since without the rejected rows they would include departures "
        "that did not happen");
  }
  if (movements_returned_ == 0) movements_ = tables_.Movements();
  if (movements_returned_ == movements_.size()) return false;
  DerivedMovement& movement = movements_[movements_returned_++];
  row.line = movement.line;
  row.error.reset();
  row.id_derived = true;
  row.submission.Clear();
  v1::Event& event = *row.submission.mutable_event();
  event.Swap(&movement.event);
  event.set_event_id(DerivedMovementId(options_.series, event));
  return true;
}

}  // namespace repatriation
