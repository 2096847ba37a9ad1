// Reads the UN's monthly tables of uniformed personnel as strength reports, and
// optionally derives the net movements from table to table.
//
// The columns are as_of, mission_acronym, isocode3, personnel_type,
// male_personnel, female_personnel and total, in any order; others are ignored.
#ifndef TOOLS_REPATCTL_IMPORT_UN_STRENGTH_READER_H_
#define TOOLS_REPATCTL_IMPORT_UN_STRENGTH_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/domain/day.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/import/csv_submissions.h"
#include "tools/repatctl/import/derived_movements.h"
#include "tools/repatctl/import/event_ids.h"
#include "tools/repatctl/import/submission_reader.h"

namespace repatriation {

struct UnStrengthOptions {
  // Name of the table in the ledger.
  std::string series = "un-monthly";
  // `source` of each row.
  std::string source = "UN monthly strength tables";
  // Only tables of these days are read.
  DayInterval days;
  // After the rows, return the movements between the tables that were read, which
  // are all kept in memory until then. Where a corrected table changes a movement,
  // the event keeps its id (see DerivedMovementId()).
  bool derive_movements = false;
};

// True if the header has every column of these tables.
bool IsUnStrengthHeader(const std::vector<std::string>& header);

// Reasons of row errors: those of CheckShape(), REQUIRED, NOT_A_DATE, UNKNOWN_VALUE
// (personnel type), INVALID_UTF8, NOT_AN_INTEGER and TOTAL_MISMATCH (men and women
// do not add up to the total). With a row missing, the movements would be wrong:
// after an error Next() returns FAILED_PRECONDITION instead of them.
class UnStrengthReader final : public SubmissionReader {
 public:
  // REQUIRES: IsUnStrengthHeader(file.header).
  UnStrengthReader(CsvFile file, UnStrengthOptions options);

  absl::StatusOr<bool> Next(SubmissionRow& row) override;
  int64_t bytes_read() const override { return file_.rows->bytes_read(); }

 private:
  // The index in `header` of each column of these tables.
  std::vector<size_t> ColumnIndexes(const std::vector<std::string>& header) const;
  const std::string& Cell(size_t column) const { return row_.cells[column_indexes_[column]]; }

  absl::optional<FieldError> ReadRow(v1::StrengthReport& report);
  absl::optional<FieldError> ReadCounts(v1::StrengthReport& report);
  // True for a row outside of options_.days.
  bool IsSkipped() const;
  absl::StatusOr<bool> NextMovement(SubmissionRow& row);

  const CsvFile file_;
  const UnStrengthOptions options_;
  const std::vector<size_t> column_indexes_;
  CsvRow row_;
  IdSequence record_ids_;

  StrengthSeries tables_;
  bool row_failed_ = false;
  bool rows_ended_ = false;
  std::vector<DerivedMovement> movements_;
  size_t movements_returned_ = 0;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_UN_STRENGTH_READER_H_
