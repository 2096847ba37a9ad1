#include "common/rpc/server.h"

#include <arpa/inet.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "common/base/clock.h"
#include "common/base/errors.h"
#include "common/base/text.h"

namespace repatriation {
namespace {

// Calls that gRPC accepted just before the shutdown, and that no CallAdmission counts
// yet, get this long to be rejected with DRAINING.
constexpr absl::Duration kLateCallGrace = absl::Milliseconds(200);

struct Endpoint {
  std::string host;  // Without brackets.
  std::string port;

  std::string ToString() const { return WithPort(port); }
  std::string WithPort(absl::string_view other) const {
    const bool v6 = absl::StrContains(host, ':');
    return absl::StrCat(v6 ? "[" : "", host, v6 ? "]:" : ":", other);
  }
};

bool IsAddress(int family, const std::string& text) {
  in6_addr address;  // The larger of the two.
  return inet_pton(family, text.c_str(), &address) == 1;
}

bool IsHostName(absl::string_view text) {
  // gRPC would interpret these as URI schemes.
  if (text == "unix" || text == "unix-abstract" || text == "external") return false;
  return !text.empty() && text.size() <= 253 && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
         });
}

bool IsPort(absl::string_view text) {
  int32_t port = 0;
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &port) && port <= UINT16_MAX;
}

absl::optional<Endpoint> ParseEndpoint(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || !IsPort(text.substr(colon + 1))) return absl::nullopt;
  absl::string_view host = text.substr(0, colon);
  Endpoint endpoint{std::string(host), std::string(text.substr(colon + 1))};
  if (absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]")) {
    endpoint.host = std::string(host);
    if (!IsAddress(AF_INET6, endpoint.host)) return absl::nullopt;
    return endpoint;
  }
  const bool digits = std::all_of(
      host.begin(), host.end(), [](unsigned char c) { return absl::ascii_isdigit(c) || c == '.'; });
  if (digits ? !IsAddress(AF_INET, endpoint.host) : !IsHostName(endpoint.host)) {
    return absl::nullopt;
  }
  return endpoint;
}

template <typename T>
absl::Status CheckRange(absl::string_view flag, T value, T min, T max, const std::string& range) {
  if (value >= min && value <= max) return absl::OkStatus();
  return InvalidField(flag, "OUT_OF_RANGE", absl::StrCat("must be ", range));
}

absl::Status CheckRanges(const ServerOptions& options) {
  const absl::Duration second = absl::Seconds(1);
  const absl::Status checks[] = {
      CheckRange("--message_bytes_max", options.message_bytes_max, size_t{64} << 10,
                 size_t{64} << 20, "65536 to 67108864 bytes"),
      CheckRange("--drain_timeout", options.drain_timeout, absl::ZeroDuration(), absl::Minutes(10),
                 "0 to 10 minutes"),
      CheckRange("--keepalive_time", options.keepalive_time, second, absl::Hours(2),
                 "1 second to 2 hours"),
      CheckRange("--keepalive_timeout", options.keepalive_timeout, second, absl::Minutes(10),
                 "1 second to 10 minutes"),
      CheckRange("--client_ping_interval_min", options.client_ping_interval_min, second,
                 absl::Seconds(15), "1 to 15 seconds"),
      CheckRange("--connection_streams_max", options.connection_streams_max, 1, 100'000,
                 "1 to 100000"),
  };
  for (const absl::Status& check : checks) {
    if (!check.ok()) return check;
  }
  return absl::OkStatus();
}

// Binds the endpoint again to find out why gRPC, which does not report it, could not.
// 0 on success, else errno.
int TryBind(const addrinfo& address) {
  const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  // As gRPC does: connections of an earlier process in TIME_WAIT are no obstacle.
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const int error = bind(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  close(fd);
  return error;
}

absl::Status BindError(const Endpoint& endpoint) {
  const std::string what = absl::StrCat("cannot listen on ", endpoint.ToString(), ": ");
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int unknown = getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found);
  if (unknown != 0) return absl::UnavailableError(absl::StrCat(what, gai_strerror(unknown)));
  int error = 0;
  for (const addrinfo* at = found; at != nullptr && error == 0; at = at->ai_next) {
    error = TryBind(*at);
  }
  freeaddrinfo(found);
  switch (error) {
    case 0:
      return absl::UnavailableError(absl::StrCat(what, "the server did not start"));
    case EADDRINUSE:
      return absl::AlreadyExistsError(absl::StrCat(what, "address already in use"));
    case EACCES:
      return absl::PermissionDeniedError(absl::StrCat(what, std::strerror(error)));
    default:
      return absl::UnavailableError(absl::StrCat(what, std::strerror(error)));
  }
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

void Configure(grpc::ServerBuilder& builder, const ServerOptions& options) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(2 * options.message_bytes_max));
  // Otherwise a second process could bind the same port and get half of the connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_time));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             Milliseconds(options.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Otherwise gRPC stops pinging after two pings without data between them.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(options.client_ping_interval_min));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.connection_streams_max);
  // gRPC decompresses a message before it checks the limit above, to up to a thousand
  // times its size.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
}

sigset_t TerminationSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

bool IsHostAndPort(absl::string_view text) { return ParseEndpoint(text).has_value(); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const std::vector<grpc::Service*>& services) {
  if (absl::Status ranges = CheckRanges(options); !ranges.ok()) return ranges;
  const auto endpoint = ParseEndpoint(options.listen);
  if (!endpoint.has_value()) {
    return InvalidField("--listen", "MALFORMED_ADDRESS",
                        absl::StrCat("must be HOST:PORT, is ", Quoted(options.listen)));
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  Configure(builder, options);
  int port = 0;
  builder.AddListeningPort(
      endpoint->ToString(),
      options.credentials ? options.credentials : grpc::InsecureServerCredentials(), &port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port <= 0) return BindError(*endpoint);
  return std::unique_ptr<Server>(new Server(
      options.drain_timeout, endpoint->WithPort(absl::StrCat(port)), port, std::move(server)));
}

Server::Server(absl::Duration drain_timeout, std::string address, int port,
               std::unique_ptr<grpc::Server> server)
    : drain_timeout_(drain_timeout),
      address_(std::move(address)),
      port_(port),
      server_(std::move(server)) {}

Server::~Server() { Shutdown({}); }

void Server::SetServing(absl::string_view service_name, bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(std::string(service_name), serving);
}

void Server::AnnounceListening() const {
  std::printf("listening on %s\n", address_.c_str());
  std::fflush(stdout);
}

int Server::Shutdown(const std::vector<CallAdmission*>& admissions,
                     absl::AnyInvocable<void()> flush) {
  if (std::exchange(shut_down_, true)) return 0;
  const absl::Time deadline = SystemClock().Now() + drain_timeout_;
  server_->GetHealthCheckService()->Shutdown();
  for (CallAdmission* admission : admissions) admission->Drain();
  if (flush) flush();
  int cut_off = 0;
  for (CallAdmission* admission : admissions) {
    if (!admission->AwaitIdle(deadline - SystemClock().Now())) {
      cut_off += admission->in_progress();
    }
  }
  server_->Shutdown(absl::ToChronoTime(SystemClock().Now() + kLateCallGrace));
  server_->Wait();
  return cut_off;
}

void Server::BlockSignals() {
  const sigset_t signals = TerminationSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int Server::WaitForSignal() {
  const sigset_t signals = TerminationSignals();
  int signal = 0;
  // Fails only for an invalid set.
  sigwait(&signals, &signal);
  return signal;
}

}  // namespace repatriation
