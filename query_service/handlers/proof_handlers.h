// repatriation.v1.LedgerProofService over a replica.
//
// Thread-safety: all methods may be called from any thread.
#ifndef QUERY_SERVICE_HANDLERS_PROOF_HANDLERS_H_
#define QUERY_SERVICE_HANDLERS_PROOF_HANDLERS_H_

#include "common/rpc/unary.h"
#include "query_service/handlers/query_context.h"
#include "repatriation/v1/ledger_proof_service.grpc.pb.h"

namespace repatriation {

class ProofHandlers : public v1::LedgerProofService::WithRawCallbackMethod_GetLedgerHash<
                          v1::LedgerProofService::Service> {
 public:
  // `context` must outlive the handlers.
  explicit ProofHandlers(const QueryContext* context);

  grpc::ServerUnaryReactor* GetLedgerHash(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;

 private:
  const QueryContext* const context_;
  UnaryService unary_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_HANDLERS_PROOF_HANDLERS_H_
