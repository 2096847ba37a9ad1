// What a call to a service came to, for a person to read.
#ifndef TOOLS_REPATCTL_CLIENT_PEER_STATUS_H_
#define TOOLS_REPATCTL_CLIENT_PEER_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/errors.h"
#include "common/rpc/status.h"

namespace repatriation {

// `status` with its details. Says that it came from `peer`, unless the service
// itself gives a reason: then it was reached, and its own words are enough.
// Pure.
inline absl::Status StatusFrom(const grpc::Status& status, absl::string_view peer) {
  absl::Status result = FromGrpcStatus(status);
  return ReasonOf(result).empty() ? Annotate(result, peer) : result;
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_PEER_STATUS_H_
