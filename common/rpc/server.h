// The server of both services: a grpc::Server with standard health checking and
// reflection, its limits, its termination signals, and its shutdown sequence.
//
//   Server::BlockSignals();                    // Before any thread starts.
//   ...                                        // Open the store, catch up.
//   auto server = Server::Start(options, {&handlers});
//   (*server)->SetServing("repatriation.v1.QueryService", true);
//   (*server)->AnnounceListening();
//   Server::WaitForSignal();
//   (*server)->Shutdown({&calls, &streams}, [&] { ... });
//
// Thread-safety: SetServing() and the getters may be called from any thread, also
// during Shutdown(); the rest belongs to the owner's thread.
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

  // Flag `--listen`, required: HOST:PORT, where HOST is a name, an IPv4 address or an
  // IPv6 address in brackets ("[::]" is every address, IPv4 too) and PORT 0 lets the
  // system choose.
  std::string listen;
  // Null: no encryption and no authentication.
  std::shared_ptr<grpc::ServerCredentials> credentials;
  // Flag `--message_bytes_max`: maximum size of a request, 64 KiB to 64 MiB. Raising it
  // costs that much memory for each call in progress. The handlers reject larger ones
  // with INVALID_ARGUMENT; gRPC's own hard limit is twice as much, beyond which it ends
  // the call with RESOURCE_EXHAUSTED, without RetryInfo; gRPC 1.51 has read the message
  // into memory by then. Compressed messages are UNIMPLEMENTED, since gRPC would
  // decompress them before it checks their size.
  size_t message_bytes_max = size_t{4} << 20;
  // Flag `--drain_timeout`: how long Shutdown() waits for calls in progress, 0 to 10
  // minutes. Kubernetes must allow longer (terminationGracePeriodSeconds).
  absl::Duration drain_timeout = absl::Seconds(20);

  // Connections.

  // Flag `--keepalive_time`: idle time of a connection before a keepalive ping (HTTP/2
  // PING), with or without calls on it; 1 second to 2 hours. Lowering it detects dead
  // peers sooner and costs a packet each way per connection and interval.
  absl::Duration keepalive_time = absl::Seconds(30);
  // Flag `--keepalive_timeout`: how long to wait for the reply to a keepalive ping before
  // the connection is closed and its calls are cancelled; 1 second to 10 minutes.
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // Flag `--client_ping_interval_min`: a client that pings more often is disconnected
  // (GOAWAY, ENHANCE_YOUR_CALM), with or without calls; 1 to 15 seconds. The project's
  // own clients ping every 30 seconds.
  absl::Duration client_ping_interval_min = absl::Seconds(10);
  // Flag `--connection_streams_max`: maximum number of concurrent calls per connection, 1
  // to 100,000; further ones wait in the client.
  int connection_streams_max = 1000;
};

// Whether `text` is a valid HOST:PORT for `--listen`.
bool IsHostAndPort(absl::string_view text);

class Server {
 public:
  // Starts to serve `services`, which must outlive the Server. From then on the health
  // service answers SERVING for "" and knows no other name, so open the store and catch
  // up first. Errors, each naming the flag or the address:
  //   INVALID_ARGUMENT   an option out of range (OUT_OF_RANGE), or `--listen` that is
  //                      not HOST:PORT (MALFORMED_ADDRESS)
  //   ALREADY_EXISTS     the address is already in use
  //   PERMISSION_DENIED  the system does not allow this port
  //   UNAVAILABLE        the host is unknown or not local, or any other error, which
  //                      gRPC does not report
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<grpc::Service*>& services);
  // Shutdown({}) unless it was called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The bound port; never 0.
  int port() const { return port_; }
  // HOST:PORT as in `--listen`, with the bound port.
  const std::string& address() const { return address_; }

  // Sets the health status of `service_name`. No effect once Shutdown() began: then it is
  // NOT_SERVING.
  void SetServing(absl::string_view service_name, bool serving);

  // Prints the line "listening on HOST:PORT" to stdout and flushes it, for the process
  // that started this one.
  void AnnounceListening() const;

  // Shuts down in an order that loses no response:
  //   1. the health status is NOT_SERVING for every name, permanently;
  //   2. each of `admissions` drains: new calls are UNAVAILABLE;
  //   3. `flush` runs; it completes queued work and ends the streams;
  //   4. admitted calls may complete, for at most `drain_timeout`;
  //   5. the port is closed and calls that are still open (also health watchers and the
  //      last arrivals) are cancelled; their handlers must still finish them.
  // Blocks until then; afterwards the services and what they use may be destroyed.
  // Returns how many admitted calls were cancelled in step 5. A second call does nothing
  // and returns 0.
  int Shutdown(const std::vector<CallAdmission*>& admissions,
               absl::AnyInvocable<void()> flush = nullptr);

  // Blocks SIGTERM and SIGINT in this thread and all that it will start, so that
  // WaitForSignal() gets them. REQUIRES: no other thread is running yet.
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
