// HashSource over the ingest service's LedgerProofService.
#ifndef QUERY_SERVICE_FEED_FEED_HASH_SOURCE_H_
#define QUERY_SERVICE_FEED_FEED_HASH_SOURCE_H_

#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "common/base/mutex.h"
#include "query_service/core/replica/hash_source.h"
#include "query_service/feed/feed_channel.h"
#include "repatriation/v1/ledger_proof_service.grpc.pb.h"

namespace repatriation {

class FeedHashSource : public HashSource {
 public:
  // `address` is HOST:PORT of the ingest service.
  FeedHashSource(const std::string& address, const FeedOptions& options);

  absl::StatusOr<v1::GetLedgerHashResponse> GetLedgerHash(Position position) override;
  void Cancel() override;

 private:
  const std::unique_ptr<v1::LedgerProofService::Stub> stub_;
  Mutex mutex_;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;  // of the call in progress
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_FEED_FEED_HASH_SOURCE_H_
