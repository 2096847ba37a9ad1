// Blocks from the ingest service over LedgerFeedService.Follow.
//
// Thread-safety: as BlockSource.
#ifndef QUERY_SERVICE_FEED_FEED_BLOCK_SOURCE_H_
#define QUERY_SERVICE_FEED_FEED_BLOCK_SOURCE_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "common/base/mutex.h"
#include "query_service/core/replica/block_source.h"
#include "query_service/feed/feed_channel.h"
#include "repatriation/v1/ledger_feed_service.grpc.pb.h"

namespace repatriation {

class FeedBlockSource : public BlockSource {
 public:
  // `address` is HOST:PORT; connects on the first Open(), and reconnects as needed.
  FeedBlockSource(const std::string& address, const FeedOptions& options);
  ~FeedBlockSource() override;

  void Open(const LedgerId& ledger_id, const LedgerTail& tail) override;
  absl::StatusOr<Update> Next() override;
  void Cancel() override;

 private:
  // Cancels the open call, if any.
  void Close();
  // Waits for the end of the open call and returns how it ended.
  absl::Status FinishCall();

  const std::unique_ptr<v1::LedgerFeedService::Stub> stub_;
  std::unique_ptr<grpc::ClientReader<v1::FollowResponse>> reader_;
  Mutex mutex_;
  std::unique_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_FEED_FEED_BLOCK_SOURCE_H_
