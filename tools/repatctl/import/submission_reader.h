// What an import reads: submissions, one after the other.
#ifndef TOOLS_REPATCTL_IMPORT_SUBMISSION_READER_H_
#define TOOLS_REPATCTL_IMPORT_SUBMISSION_READER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "repatriation/v1/ingest_service.pb.h"
#include "tools/repatctl/fields/message_columns.h"

namespace repatriation {

// One row of a file.
struct SubmissionRow {
  // The line, from 1, on which the row begins.
  int64_t line = 0;
  // What it says, with an id; meaningless with an error.
  v1::Submission submission;
  // The id was derived from the content.
  bool id_derived = false;
  // Why it is none.
  absl::optional<FieldError> error;
};

// Thread-compatible.
class SubmissionReader {
 public:
  virtual ~SubmissionReader() = default;

  // Reads the next row into `row`: true, or false at the end. DATA_LOSS if
  // reading from the input fails, FAILED_PRECONDITION if the rows so far leave
  // no way to go on. Blocks on the input.
  virtual absl::StatusOr<bool> Next(SubmissionRow& row) = 0;

  // Input bytes that the rows so far took up.
  virtual int64_t bytes_read() const = 0;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_SUBMISSION_READER_H_
