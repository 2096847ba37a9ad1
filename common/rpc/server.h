// What both services' main() share: a grpc::Server with standard health and
// reflection, its limits, the signals that end it, and the order in which it
// ends.
//
//   Server::BlockSignals();                    // Before any thread.
//   ...                                        // Open the store, catch up.
//   auto server = Server::Start(options, {&handlers});
//   (*server)->SetServing("repatriation.v1.QueryService", true);
//   (*server)->AnnounceListening();
//   Server::WaitForSignal();
//   (*server)->Shutdown({&calls, &streams}, [&] { ... });
//
// Thread-safety: SetServing() and the getters may be called from any thread,
// also during Shutdown(); the rest from the one that owns the object.
#ifndef COMMON_RPC_SERVER_H_
#define COMMON_RPC_SERVER_H_

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/admission.h"

namespace repatriation {

struct ServerOptions {
  // Behaviour.

  // Flag `--listen`, required: HOST:PORT, where HOST is a name, an IPv4
  // address or an IPv6 address in brackets ("[::]" is every address, IPv4
  // too) and PORT 0 lets the system choose.
  std::string listen;
  // Null: without encryption or authentication.
  std::shared_ptr<grpc::ServerCredentials> credentials;
  // Flag `--message_bytes_max`: the largest request, 64 KiB to 64 MiB. Raising
  // it costs that much memory for each call in progress. The handlers refuse
  // what is larger with INVALID_ARGUMENT; gRPC's own hard limit is twice as
  // much, beyond which it ends the call with RESOURCE_EXHAUSTED, without
  // RetryInfo; gRPC 1.51 has taken the message into memory by then. Compressed messages are UNIMPLEMENTED, since gRPC
  // would unpack them before it measures them.
  size_t message_bytes_max = size_t{4} << 20;
  // Flag `--drain_timeout`: how long Shutdown() waits for calls in progress,
  // 0 to 10 minutes. Kubernetes must allow longer (terminationGracePeriodSeconds).
  absl::Duration drain_timeout = absl::Seconds(20);

  // Connections.

  // Flag `--keepalive_time`: a connection on which nothing came for so long is
  // asked for a sign of life (HTTP/2 PING), with or without calls on it; 1
  // second to 2 hours. Lowering it finds dead peers sooner and costs a packet
  // each way per connection and interval.
  absl::Duration keepalive_time = absl::Seconds(30);
  // Flag `--keepalive_timeout`: without one after so long the connection is
  // closed and its calls are cancelled; 1 second to 10 minutes.
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // Flag `--client_ping_interval_min`: a client that pings more often than so
  // is cut off (GOAWAY, ENHANCE_YOUR_CALM), with or without calls; 1 to 15
  // seconds. The project's own clients ping every 30 seconds.
  absl::Duration client_ping_interval_min = absl::Seconds(10);
  // Flag `--connection_streams_max`: calls at once on one connection, 1 to
  // 100,000; further ones wait in the client.
  int connection_streams_max = 1000;
};

// True for HOST:PORT as `--listen` takes it.
bool IsHostAndPort(absl::string_view text);

class Server {
 public:
  // Starts to serve `services`, which outlive the Server. Health says SERVING
  // for "" from here on and does not know any other name, so open and catch up
  // first. Errors, each naming the flag or the address:
  //   INVALID_ARGUMENT   an option out of its range (OUT_OF_RANGE), or
  //                      `--listen` that is no HOST:PORT (MALFORMED_ADDRESS)
  //   ALREADY_EXISTS     the port is taken
  //   PERMISSION_DENIED  the system does not allow this port
  //   UNAVAILABLE        the host is not known or not of this machine, or
  //                      anything else that gRPC keeps to itself
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<grpc::Service*>& services);
  // Shutdown({}) unless it was called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The port that is bound; never 0.
  int port() const { return port_; }
  // HOST:PORT as in `--listen`, with the port that is bound.
  const std::string& address() const { return address_; }

  // What the health service says of `service_name` from now on. Without effect
  // once Shutdown() began: then it is NOT_SERVING.
  void SetServing(absl::string_view service_name, bool serving);

  // Prints "listening on HOST:PORT" and a line end to stdout, and flushes: the
  // one line that who started the process waits for.
  void AnnounceListening() const;

  // Ends the service in the order that loses no answer:
  //   1. health says NOT_SERVING for every name, for good;
  //   2. each of `admissions` drains: new calls are UNAVAILABLE;
  //   3. `flush` runs; it completes what is queued and ends the streams;
  //   4. the calls that were admitted may end, for `drain_timeout` at most;
  //   5. the port is closed and what is still open (also watchers of health and
  //      calls that came last) is cancelled; every call must still be finished
  //      by its holder.
  // Blocks until all is over, then the services and what is below them may go.
  // Returns how many admitted calls were cancelled in step 5. A second call
  // does nothing and returns 0.
  int Shutdown(const std::vector<CallAdmission*>& admissions,
               absl::AnyInvocable<void()> flush = nullptr);

  // Blocks SIGTERM and SIGINT in this thread and all that it will start, so
  // that WaitForSignal() gets them. REQUIRES: no other thread runs yet.
  static void BlockSignals();
  // Waits for SIGTERM or SIGINT and returns which. REQUIRES: BlockSignals().
  static int WaitForSignal();

 private:
  Server(absl::Duration drain_timeout, std::string address, int port,
         std::unique_ptr<grpc::Server> server);

  const absl::Duration drain_timeout_;
  const std::string address_;
  const int port_;
  const std::unique_ptr<grpc::Server> server_;
  bool shut_down_ = false;
};

}  // namespace repatriation

#endif  // COMMON_RPC_SERVER_H_
