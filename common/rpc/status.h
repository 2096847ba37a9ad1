// The one place where absl::Status becomes grpc::Status and back.
//
// The codes correspond one to one. Payloads with a type URL of
// google.rpc ("type.googleapis.com/google.rpc.BadRequest", as common/base/errors.h
// makes them) travel as the details of a google.rpc.Status in the trailer
// `grpc-status-details-bin`; other payloads stay inside the process.
//
// A trailer has to fit into what clients accept (8 KiB of metadata by
// default), or they see RESOURCE_EXHAUSTED in place of the error. So the
// message is cut at kStatusMessageBytesMax, and details that would take the
// whole google.rpc.Status over kStatusDetailsBytesMax are left out.
//
// Thread-safety: all functions are pure.
#ifndef COMMON_RPC_STATUS_H_
#define COMMON_RPC_STATUS_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <cstddef>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace repatriation {

inline constexpr size_t kStatusMessageBytesMax = 1024;
inline constexpr size_t kStatusDetailsBytesMax = 3072;

// Never UNKNOWN unless `status` says so itself: a code that gRPC does not have
// becomes INTERNAL. A message that is not UTF-8 is quoted.
grpc::Status ToGrpcStatus(const absl::Status& status);

// Ends a server's call at once with the code and message of `status`, past what
// is still to be written and, where flow control holds that back, without its
// details. (TryCancel() would say CANCELLED.) The call must not be done.
void CancelWith(grpc::CallbackServerContext& call, const absl::Status& status);

// For clients. A code that Abseil does not have becomes UNKNOWN, as gRPC's
// rules for clients demand; details that cannot be read are dropped.
absl::Status FromGrpcStatus(const grpc::Status& status);

// The delay of the RetryInfo in `status`; zero if it holds none or a negative one.
absl::Duration RetryDelayOf(const absl::Status& status);

}  // namespace repatriation

#endif  // COMMON_RPC_STATUS_H_
