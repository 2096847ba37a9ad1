// Rejects a stream: ends it at once with an error.
//
// Lifetime: deletes itself when gRPC is done with it.
#ifndef COMMON_RPC_REFUSING_REACTOR_H_
#define COMMON_RPC_REFUSING_REACTOR_H_

#include "absl/status/status.h"
#include "common/rpc/status.h"

namespace repatriation {

// `Reactor` is one of grpc::Server{Bidi,Read,Write}Reactor.
template <typename Reactor>
class RefusingReactor final : public Reactor {
 public:
  explicit RefusingReactor(const absl::Status& status) { this->Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

}  // namespace repatriation

#endif  // COMMON_RPC_REFUSING_REACTOR_H_
