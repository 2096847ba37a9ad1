// Reads a file of events or records: CSV with one header line that names the
// columns of the kind in any order, and one event or record a row.
//
// A row that the schema cannot represent is returned with an error, and reading
// continues; the ingest service validates the rest. An event or record without an
// id gets one derived from its content.
#ifndef TOOLS_REPATCTL_IMPORT_CSV_SUBMISSIONS_H_
#define TOOLS_REPATCTL_IMPORT_CSV_SUBMISSIONS_H_

#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/import/event_ids.h"
#include "tools/repatctl/import/import_kinds.h"
#include "tools/repatctl/import/submission_reader.h"

namespace repatriation {

// A file whose header line has been read.
struct CsvFile {
  std::unique_ptr<CsvRowReader> rows;
  std::vector<std::string> header;
};

// `input` must outlive the file. INVALID_ARGUMENT: the header is malformed, or
// missing (the message then lists `columns`). DATA_LOSS: reading from the input
// failed.
absl::StatusOr<CsvFile> OpenCsvFile(std::istream& input, const std::vector<std::string>& columns);

// Checks that `row` is well-formed and has `columns` fields. Reasons, for the field
// "row": WRONG_NUMBER_OF_FIELDS and MALFORMED_CSV.
absl::optional<FieldError> CheckShape(const CsvRow& row, size_t columns);

// Reasons of row errors: REQUIRED, and those of CheckShape() and
// MessageColumns::Set(). Memory: 16 bytes for each distinct row without an id.
class CsvSubmissionReader final : public SubmissionReader {
 public:
  // `kind` must outlive the reader. INVALID_ARGUMENT: the header has unknown,
  // duplicate or missing columns; the message names all of them.
  static absl::StatusOr<std::unique_ptr<CsvSubmissionReader>> Open(CsvFile file,
                                                                   const ImportKind& kind);

  absl::StatusOr<bool> Next(SubmissionRow& row) override;
  int64_t bytes_read() const override { return file_.rows->bytes_read(); }

 private:
  // A column of the file: its index among those of the kind, and whether every row
  // must have a value.
  struct FileColumn {
    size_t index;
    bool required;
  };

  CsvSubmissionReader(CsvFile file, const ImportKind& kind, std::vector<size_t> columns);

  absl::optional<FieldError> Fill(google::protobuf::Message& message);

  const CsvFile file_;
  const ImportKind& kind_;
  std::vector<FileColumn> columns_;
  CsvRow row_;
  IdSequence ids_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_CSV_SUBMISSIONS_H_
