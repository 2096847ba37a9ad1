// repatriation.v1.IngestService over a Sequencer.
//
// Thread-safety: any thread, as gRPC requires.
#ifndef INGEST_SERVICE_HANDLERS_INGEST_HANDLERS_H_
#define INGEST_SERVICE_HANDLERS_INGEST_HANDLERS_H_

#include "common/rpc/unary.h"
#include "ingest_service/handlers/ingest_context.h"
#include "repatriation/v1/ingest_service.grpc.pb.h"

namespace repatriation {

class IngestHandlers
    : public v1::IngestService::WithRawCallbackMethod_AppendEvents<
          v1::IngestService::WithRawCallbackMethod_StreamEvents<v1::IngestService::Service>> {
 public:
  // `context` must outlive the handlers.
  explicit IngestHandlers(const IngestContext* context);

  grpc::ServerUnaryReactor* AppendEvents(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamEvents(
      grpc::CallbackServerContext* context) override;

 private:
  const IngestContext* const context_;
  UnaryService unary_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_HANDLERS_INGEST_HANDLERS_H_
