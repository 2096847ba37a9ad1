// Builders of absl::Status that carry the standard gRPC error details
// (google/rpc/error_details.proto) as payloads, so that the cores can report
// precise errors without depending on gRPC. common/rpc converts them to a
// grpc::Status once, at the edge.
//
// Thread-safety: all functions are pure.
#ifndef COMMON_BASE_ERRORS_H_
#define COMMON_BASE_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace repatriation {

// Domain of every ErrorInfo that this project sends.
inline constexpr char kErrorDomain[] = "repatriation.v1";

// Prefix of the payload type URLs of google.rpc details.
inline constexpr char kErrorDetailUrlPrefix[] = "type.googleapis.com/";

// INVALID_ARGUMENT with a BadRequest that names `field` (its path within the
// request), the stable UPPER_SNAKE_CASE `reason` and describes the rule.
// The message reads "FIELD: DESCRIPTION".
absl::Status InvalidField(absl::string_view field, absl::string_view reason,
                          absl::string_view description);

// RESOURCE_EXHAUSTED with a RetryInfo: retry after `retry_delay`.
absl::Status Exhausted(absl::string_view message, absl::Duration retry_delay);

// `status` with an ErrorInfo that carries the stable name of the cause.
// REQUIRES: !status.ok().
absl::Status WithReason(absl::Status status, absl::string_view reason);

// The ErrorInfo reason, else the reason of the first BadRequest violation, else
// "".
std::string ReasonOf(const absl::Status& status);

// "CODE: message" for a log line, without the payloads, which are binary.
std::string Describe(const absl::Status& status);

// `status` with its message prefixed by `context` and ": "; payloads are kept.
// OK stays OK.
absl::Status Annotate(const absl::Status& status, absl::string_view context);

}  // namespace repatriation

#endif  // COMMON_BASE_ERRORS_H_
