#include "ingest_service/handlers/ingest_handlers.h"

#include <memory>
#include <utility>

#include "ingest_service/handlers/event_stream.h"

namespace repatriation {

IngestHandlers::IngestHandlers(const IngestContext* context)
    : context_(context), unary_(UnaryOn(*context->executor, *context)) {}

grpc::ServerUnaryReactor* IngestHandlers::AppendEvents(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request,
                                                       grpc::ByteBuffer* response) {
  using Responder = UnaryResponder<v1::AppendEventsResponse>;
  return ServeUnary<v1::AppendEventsRequest, v1::AppendEventsResponse>(
      context, request, response, unary_,
      [this, bytes = request->Length()](const v1::AppendEventsRequest& message, const CallInfo&,
                                        Responder responder) {
        auto batch = CheckBatch(message.submissions(), bytes, context_->batch_submissions_max,
                                Today(*context_->clock));
        if (!batch.ok()) return responder.Respond(batch.status());
        // Shared: the callback responds, or this thread if Enqueue() fails.
        auto shared = std::make_shared<Responder>(std::move(responder));
        const absl::Status queued = context_->sequencer->Enqueue(
            *std::move(batch), [this, shared](absl::StatusOr<v1::BatchResult> result) {
              if (!result.ok()) return shared->Respond(result.status());
              v1::AppendEventsResponse answer;
              *answer.mutable_result() = *std::move(result);
              answer.set_ledger_id(context_->log->id().ToString());
              shared->Respond(answer);
            });
        if (!queued.ok()) shared->Respond(queued);
      });
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* IngestHandlers::StreamEvents(
    grpc::CallbackServerContext*) {
  return EventStream::Start(context_);
}

}  // namespace repatriation
