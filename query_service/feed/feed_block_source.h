// Blocks from the ingest service over LedgerFeedService.Follow.
//
// Thread-safety: as BlockSource demands.
#ifndef QUERY_SERVICE_FEED_FEED_BLOCK_SOURCE_H_
#define QUERY_SERVICE_FEED_FEED_BLOCK_SOURCE_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <mutex>
#include <string>

#include "absl/time/time.h"
#include "query_service/core/block_source.h"
#include "repatriation/v1/ledger_feed_service.grpc.pb.h"

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

class FeedBlockSource : public BlockSource {
 public:
  // `address` is HOST:PORT; connects when first opened, and again as needed.
  FeedBlockSource(const std::string& address, const FeedOptions& options);
  ~FeedBlockSource() override;

  void Open(const LedgerId& ledger_id, const LedgerTail& tail) override;
  absl::StatusOr<News> Next() override;
  void Cancel() override;

 private:
  // Cancels the open call, if any.
  void Close();
  // Waits for the end of the open call and returns how it ended.
  absl::Status TakeStatus();

  const std::unique_ptr<v1::LedgerFeedService::Stub> stub_;
  std::unique_ptr<grpc::ClientReader<v1::FollowResponse>> reader_;
  std::mutex mutex_;
  std::unique_ptr<grpc::ClientContext> context_;  // replaced under mutex_
  bool cancelled_ = false;                        // guarded by mutex_
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_FEED_FEED_BLOCK_SOURCE_H_
