#include "tools/repatctl/client/grpc_peer.h"

namespace repatriation {
namespace {

constexpr int kReceiveBytesMax = 64 << 20;
constexpr int kReconnectDelayMinMs = 100;
constexpr int kReconnectDelayMaxMs = 5'000;
constexpr int kKeepaliveTimeMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;

}  // namespace

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& target) {
  grpc::ChannelArguments arguments;
  // A page of the longest events is larger than the default of 4 MiB. The service
  // limits the size of requests.
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  arguments.SetMaxSendMessageSize(-1);
  // By default the backoff between connection attempts is up to two minutes, longer
  // than an import retries.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectDelayMinMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectDelayMaxMs);
  // Keepalive pings detect a dead service during a long call, such as a backup of
  // hours. By default gRPC stops after two pings without data.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // By default channels to the same target share a connection, on which the server
  // limits concurrent calls.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace repatriation
