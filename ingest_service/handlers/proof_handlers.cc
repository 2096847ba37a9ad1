#include "ingest_service/handlers/proof_handlers.h"

#include "common/proof/ledger_hash.h"

namespace repatriation {

ProofHandlers::ProofHandlers(const IngestContext* context)
    : context_(context), unary_(UnaryOn(*context->executor, *context)) {}

grpc::ServerUnaryReactor* ProofHandlers::GetLedgerHash(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request,
                                                       grpc::ByteBuffer* response) {
  return ServeUnary<v1::GetLedgerHashRequest, v1::GetLedgerHashResponse>(
      context, request, response, unary_,
      [log = context_->log](const v1::GetLedgerHashRequest& message, const CallInfo&,
                            UnaryResponder<v1::GetLedgerHashResponse> responder) {
        responder.Respond(
            LedgerHashAt(message, log->id(), log->tail().position,
                         [log](Position position) { return log->ReadBlockOf(position); }));
      });
}

CheckpointHandlers::CheckpointHandlers(const IngestContext* context, const CheckpointIssuer* issuer)
    : issuer_(issuer), unary_(UnaryOn(*context->executor, *context)) {}

grpc::ServerUnaryReactor* CheckpointHandlers::SignCheckpoint(grpc::CallbackServerContext* context,
                                                             const grpc::ByteBuffer* request,
                                                             grpc::ByteBuffer* response) {
  return ServeUnary<v1::SignCheckpointRequest, v1::SignCheckpointResponse>(
      context, request, response, unary_,
      [issuer = issuer_](const v1::SignCheckpointRequest&, const CallInfo&,
                         UnaryResponder<v1::SignCheckpointResponse> responder) {
        responder.Respond(issuer->Sign());
      });
}

}  // namespace repatriation
