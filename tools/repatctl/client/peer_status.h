// The status of a call to a service, for error messages.
#ifndef TOOLS_REPATCTL_CLIENT_PEER_STATUS_H_
#define TOOLS_REPATCTL_CLIENT_PEER_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/errors.h"
#include "common/rpc/status.h"

namespace repatriation {

// `status` with its details. Names `peer`, unless the status has a reason: then it
// is the service's own error, which says enough. Pure.
inline absl::Status StatusFrom(const grpc::Status& status, absl::string_view peer) {
  absl::Status result = FromGrpcStatus(status);
  return ReasonOf(result).empty() ? Annotate(result, peer) : result;
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_PEER_STATUS_H_
