#include "query_service/handlers/proof_handlers.h"

namespace repatriation {

ProofHandlers::ProofHandlers(const QueryContext* context)
    : context_(context), unary_(UnaryOn(*context->executor, *context)) {}

grpc::ServerUnaryReactor* ProofHandlers::GetLedgerHash(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request,
                                                       grpc::ByteBuffer* response) {
  return ServeUnary<v1::GetLedgerHashRequest, v1::GetLedgerHashResponse>(
      context, request, response, unary_,
      [replica = context_->replica](const v1::GetLedgerHashRequest& message, const CallInfo&,
                                    UnaryResponder<v1::GetLedgerHashResponse> responder) {
        const absl::Status divergence = replica->divergence();
        if (!divergence.ok()) return responder.Respond(divergence);
        responder.Respond(replica->GetLedgerHash(message));
      });
}

}  // namespace repatriation
