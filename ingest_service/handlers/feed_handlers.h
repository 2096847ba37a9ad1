// repatriation.v1.LedgerFeedService over the ledger's log.
//
// Thread-safety: any thread, as gRPC requires.
#ifndef INGEST_SERVICE_HANDLERS_FEED_HANDLERS_H_
#define INGEST_SERVICE_HANDLERS_FEED_HANDLERS_H_

#include "ingest_service/handlers/ingest_context.h"
#include "repatriation/v1/ledger_feed_service.grpc.pb.h"

namespace repatriation {

class FeedHandlers
    : public v1::LedgerFeedService::WithRawCallbackMethod_Follow<v1::LedgerFeedService::Service> {
 public:
  // `context` must outlive the handlers.
  explicit FeedHandlers(const IngestContext* context) : context_(context) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Follow(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request) override;

 private:
  const IngestContext* const context_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_HANDLERS_FEED_HANDLERS_H_
