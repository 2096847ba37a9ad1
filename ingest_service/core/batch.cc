#include "ingest_service/core/batch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"

namespace repatriation {

absl::StatusOr<CheckedBatch> CheckBatch(
    const google::protobuf::RepeatedPtrField<v1::Submission>& submissions, size_t bytes,
    size_t submissions_max, DayNumber today) {
  if (submissions.empty()) {
    return InvalidField("submissions", "REQUIRED", "must contain at least one submission");
  }
  if (static_cast<size_t>(submissions.size()) > submissions_max) {
    return InvalidField("submissions", "TOO_MANY",
                        absl::StrCat("must contain at most ", submissions_max, " submissions, has ",
                                     submissions.size()));
  }
  CheckedBatch batch;
  batch.bytes = bytes;
  batch.submissions.resize(submissions.size());
  batch.result.mutable_positions()->Resize(submissions.size(), 0);
  for (int i = 0; i < submissions.size(); ++i) {
    auto violation = Validate(submissions[i], today, batch.submissions[i]);
    if (violation.has_value()) AddRejection(i, *std::move(violation), batch.result);
  }
  return batch;
}

void AddRejection(int index, Violation violation, v1::BatchResult& result) {
  v1::Rejection& rejection = *result.add_rejections();
  rejection.set_index(index);
  rejection.set_field(std::move(violation.field));
  rejection.set_reason(std::move(violation.reason));
  rejection.set_description(std::move(violation.description));
}

}  // namespace repatriation
