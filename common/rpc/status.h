// The only place where absl::Status is converted to grpc::Status and back.
//
// The codes correspond one to one. Payloads with a google.rpc type URL
// ("type.googleapis.com/google.rpc.BadRequest", as built by common/base/errors.h) are
// sent as the details of a google.rpc.Status in the trailer `grpc-status-details-bin`;
// other payloads are not sent.
//
// The trailers must fit into what clients accept (8 KiB of metadata by default), or
// they see RESOURCE_EXHAUSTED instead of the error. So the message is truncated to
// kStatusMessageBytesMax, and details with which the google.rpc.Status would exceed
// kStatusDetailsBytesMax are omitted.
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

// UNKNOWN only if `status` is: a code that gRPC does not have becomes INTERNAL. A message
// that is not valid UTF-8 is quoted.
grpc::Status ToGrpcStatus(const absl::Status& status);

// Ends a server call at once with the code and message of `status`: skips pending
// writes, and omits the details if flow control blocks them. (TryCancel() would send
// CANCELLED.) REQUIRES: the call is not done.
void CancelWith(grpc::CallbackServerContext& call, const absl::Status& status);

// For clients. A code that Abseil does not have becomes UNKNOWN, as gRPC requires of
// clients; details that cannot be parsed are dropped.
absl::Status FromGrpcStatus(const grpc::Status& status);

// The delay of the RetryInfo in `status`; zero if it has none or a negative one.
absl::Duration RetryDelayOf(const absl::Status& status);

}  // namespace repatriation

#endif  // COMMON_RPC_STATUS_H_
