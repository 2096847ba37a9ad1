// The input of an import: a sequence of submissions.
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
  // The row's content, with an id; undefined if there is an error.
  v1::Submission submission;
  // The id was derived from the content.
  bool id_derived = false;
  // Why the row is not a submission.
  absl::optional<FieldError> error;
};

// Thread-compatible.
class SubmissionReader {
 public:
  virtual ~SubmissionReader() = default;

  // Reads the next row into `row`: true, or false at the end. DATA_LOSS if
  // reading from the input fails, FAILED_PRECONDITION if errors in earlier rows
  // prevent continuing. Blocks on the input.
  virtual absl::StatusOr<bool> Next(SubmissionRow& row) = 0;

  // Input bytes consumed so far.
  virtual int64_t bytes_read() const = 0;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_SUBMISSION_READER_H_
