// A batch to append: checked on the caller's thread, decided
// on the writer's.
//
// Thread-safety: plain values.
#ifndef INGEST_SERVICE_CORE_BATCH_H_
#define INGEST_SERVICE_CORE_BATCH_H_

#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "ingest_service/core/validate.h"

namespace repatriation {

// The submissions of a batch after validation, as views into the request.
struct CheckedBatch {
  // One per submission, in order. Those that break a rule are empty and listed as
  // rejections in `result`.
  std::vector<ValidSubmission> submissions;
  // One position per submission, still 0; the rejections so far.
  v1::BatchResult result;
  // Size of the request, for the queue's limit.
  size_t bytes = 0;
};

// Validates every submission. INVALID_ARGUMENT if the batch is empty or has more
// than `submissions_max`.
absl::StatusOr<CheckedBatch> CheckBatch(
    const google::protobuf::RepeatedPtrField<v1::Submission>& submissions, size_t bytes,
    size_t submissions_max, DayNumber today);

// Appends a rejection of submission `index` to `result`.
void AddRejection(int index, Violation violation, v1::BatchResult& result);

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_BATCH_H_
