// How a query service connects to the ingest service.
#ifndef QUERY_SERVICE_FEED_FEED_CHANNEL_H_
#define QUERY_SERVICE_FEED_FEED_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace repatriation {

// How soon a ledger that has vanished without a word is noticed.
struct FeedOptions {
  // A connection on which nothing came for so long is asked for a sign of life
  // (HTTP/2 PING), 1 second to 2 hours; not more often than the ingest
  // service's `--client_ping_interval_min` allows.
  absl::Duration keepalive_time = absl::Seconds(30);
  // Without one after so long it is given up, and another one made; 1 second to
  // 10 minutes.
  absl::Duration keepalive_timeout = absl::Seconds(10);
};

// Connects with the first call. Channels to one address share a connection.
std::shared_ptr<grpc::Channel> MakeFeedChannel(const std::string& address,
                                               const FeedOptions& options);

}  // namespace repatriation

#endif  // QUERY_SERVICE_FEED_FEED_CHANNEL_H_
