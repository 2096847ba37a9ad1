// HashSource over the ingest service's LedgerProofService.
#ifndef QUERY_SERVICE_FEED_FEED_HASH_SOURCE_H_
#define QUERY_SERVICE_FEED_FEED_HASH_SOURCE_H_

#include <grpcpp/client_context.h>

#include <memory>
#include <mutex>
#include <string>

#include "query_service/core/hash_source.h"
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
  std::mutex mutex_;
  grpc::ClientContext* context_ = nullptr;  // of the call under way; guarded by mutex_
  bool cancelled_ = false;                  // guarded by mutex_
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_FEED_FEED_HASH_SOURCE_H_
