// The client of query_rpc_bench: asks a query service over one connection as
// fast as the service answers.
#ifndef TESTS_BENCH_QUERY_RPC_CLIENT_H_
#define TESTS_BENCH_QUERY_RPC_CLIENT_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace repatriation {

// Methods that query_rpc_bench's server lends to the client: one keeps the
// bytes of its request, the other answers with the bytes that were kept last,
// whatever it is asked.
inline constexpr char kKeepAnswerMethod[] = "/repatriation.v1.QueryService/GetBriefing";
inline constexpr char kPrebuiltMethod[] = "/repatriation.v1.QueryService/ListMissions";

struct QueryRpcClientOptions {
  std::string target;
  double seconds = 40;  // for all questions together
  int in_flight = 8;    // requests at once
  uint64_t seed = 1;    // asks of mission LOAD-seed
};

// Prints one line of JSON a question to `out`. Blocks for about that many
// seconds. An error is the service's, or INTERNAL if an answer is not whole.
absl::Status RunQueryRpcClient(const QueryRpcClientOptions& options, std::ostream& out);

}  // namespace repatriation

#endif  // TESTS_BENCH_QUERY_RPC_CLIENT_H_
