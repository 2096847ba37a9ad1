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
  // A page of the longest events is larger than the default of 4 MiB. How much
  // a request may hold is the service's to say.
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  arguments.SetMaxSendMessageSize(-1);
  // By default a channel waits up to two minutes before it connects again,
  // longer than an import keeps trying.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectDelayMinMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectDelayMaxMs);
  // A service that is gone without a word is found out while a call waits, for a
  // backup for hours; gRPC would stop to ask after two pings.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // gRPC lets channels to one target share a connection otherwise, and a server
  // limits the calls on one.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace repatriation
