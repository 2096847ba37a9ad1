// The clients of clients.h over gRPC, without transport security.
#ifndef TOOLS_REPATCTL_CLIENT_GRPC_CLIENTS_H_
#define TOOLS_REPATCTL_CLIENT_GRPC_CLIENTS_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "tools/repatctl/client/clients.h"

namespace repatriation {

// `target` is HOST:PORT or another name in gRPC's syntax
// (https://github.com/grpc/grpc/blob/v1.51.1/doc/naming.md); `timeout` applies to
// each unary call. Connects on the first call; each client has its own connection.
std::unique_ptr<QueryClient> ConnectQuery(const std::string& target, absl::Duration timeout);
std::unique_ptr<IngestClient> ConnectIngest(const std::string& target, absl::Duration timeout);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_GRPC_CLIENTS_H_
