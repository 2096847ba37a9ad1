// The client of query_rpc_bench: a closed-loop load generator over one connection.
#ifndef TESTS_BENCH_QUERY_RPC_CLIENT_H_
#define TESTS_BENCH_QUERY_RPC_CLIENT_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace repatriation {

// Methods that query_rpc_bench's server overrides: one stores the bytes of its
// request, the other answers any request with the bytes stored last.
inline constexpr char kKeepAnswerMethod[] = "/repatriation.v1.QueryService/GetBriefing";
inline constexpr char kPrebuiltMethod[] = "/repatriation.v1.QueryService/ListMissions";

struct QueryRpcClientOptions {
  std::string target;
  double seconds = 40;  // for all queries together
  int in_flight = 8;    // concurrent requests
  uint64_t seed = 1;    // queries mission LOAD-SEED
};

// Prints one line of JSON per query to `out`. Blocks for about `seconds`. Errors: the
// service's, or INTERNAL if an answer is incomplete.
absl::Status RunQueryRpcClient(const QueryRpcClientOptions& options, std::ostream& out);

}  // namespace repatriation

#endif  // TESTS_BENCH_QUERY_RPC_CLIENT_H_
