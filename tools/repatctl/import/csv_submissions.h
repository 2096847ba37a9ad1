// Reads a file of events or records: CSV with one header line that names the
// columns of the kind in any order, and one event or record a row.
//
// A row that the schema cannot carry is given back with the reason, and
// reading goes on; whether it makes sense is the ingest service's to say. What
// comes without an id gets one derived from its content.
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

// `input` must outlive the file. INVALID_ARGUMENT: a malformed header, or none,
// and then `columns` are told. DATA_LOSS: reading from the input failed.
absl::StatusOr<CsvFile> OpenCsvFile(std::istream& input, const std::vector<std::string>& columns);

// What keeps `row` from being read under a header of `columns` names. Reasons,
// for the field "row": WRONG_NUMBER_OF_FIELDS and MALFORMED_CSV.
absl::optional<FieldError> CheckShape(const CsvRow& row, size_t columns);

// Reasons of the errors in its rows: REQUIRED, and those of CheckShape() and
// MessageColumns::Set(). Keeps 16 bytes for each distinct row that came without
// an id, and otherwise nothing of the rows that it has given back.
class CsvSubmissionReader final : public SubmissionReader {
 public:
  // `kind` must outlive the reader. INVALID_ARGUMENT: the header has an
  // unknown, repeated or missing column, all of which are named.
  static absl::StatusOr<std::unique_ptr<CsvSubmissionReader>> Open(CsvFile file,
                                                                   const ImportKind& kind);

  absl::StatusOr<bool> Next(SubmissionRow& row) override;
  int64_t bytes_read() const override { return file_.rows->bytes_read(); }

 private:
  // One column of the file: which one of the kind it is, and whether each row
  // must fill it.
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
