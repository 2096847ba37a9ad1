// The gRPC channel from a query service to the ingest service.
//
// Thread-safety: MakeFeedChannel() may be called from any thread.
#ifndef QUERY_SERVICE_FEED_FEED_CHANNEL_H_
#define QUERY_SERVICE_FEED_FEED_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace repatriation {

// Keepalive: how soon a dead connection is detected.
struct FeedOptions {
  // Idle time before a keepalive ping (HTTP/2 PING), 1 second to 2 hours. Must not be
  // shorter than the ingest service's `--client_ping_interval_min`.
  absl::Duration keepalive_time = absl::Seconds(30);
  // Time to wait for the answer before reconnecting, 1 second to 10 minutes.
  absl::Duration keepalive_timeout = absl::Seconds(10);
};

// Connects on the first call. Channels to one address share a connection.
std::shared_ptr<grpc::Channel> MakeFeedChannel(const std::string& address,
                                               const FeedOptions& options);

}  // namespace repatriation

#endif  // QUERY_SERVICE_FEED_FEED_CHANNEL_H_
