// Shared by all gRPC clients: the service's address, its channel, and a deadline for
// each call.
//
// Thread-safe.
#ifndef TOOLS_REPATCTL_CLIENT_GRPC_PEER_H_
#define TOOLS_REPATCTL_CLIENT_GRPC_PEER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "tools/repatctl/client/peer_status.h"

namespace repatriation {

// A channel with its own connection, which is opened on the first call.
std::shared_ptr<grpc::Channel> ChannelTo(const std::string& target);

class GrpcPeer {
 public:
  // `service` is "ingest" or "query".
  GrpcPeer(absl::string_view service, const std::string& target, absl::Duration timeout)
      : name_(absl::StrCat(service, " service at ", target)), timeout_(timeout) {}

  const std::string& name() const { return name_; }
  void SetDeadline(grpc::ClientContext& context) const {
    context.set_deadline(absl::ToChronoTime(SystemClock().Now() + timeout_));
  }

  // Calls `method` of `stub`, a unary RPC.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) const {
    grpc::ClientContext context;
    SetDeadline(context);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return StatusFrom(status, name_);
    return response;
  }

 private:
  const std::string name_;
  const absl::Duration timeout_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_GRPC_PEER_H_
