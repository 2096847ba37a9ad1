// repatriation.v1.LedgerProofService over the ledger's log, and
// repatriation.v1.CheckpointService over a CheckpointIssuer.
//
// Thread-safety: any thread, as gRPC requires.
#ifndef INGEST_SERVICE_HANDLERS_PROOF_HANDLERS_H_
#define INGEST_SERVICE_HANDLERS_PROOF_HANDLERS_H_

#include "common/rpc/unary.h"
#include "ingest_service/core/checkpoint_issuer.h"
#include "ingest_service/handlers/ingest_context.h"
#include "repatriation/v1/ledger_proof_service.grpc.pb.h"

namespace repatriation {

class ProofHandlers : public v1::LedgerProofService::WithRawCallbackMethod_GetLedgerHash<
                          v1::LedgerProofService::Service> {
 public:
  // `context` must outlive the handlers.
  explicit ProofHandlers(const IngestContext* context);

  grpc::ServerUnaryReactor* GetLedgerHash(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;

 private:
  const IngestContext* const context_;
  UnaryService unary_;
};

class CheckpointHandlers : public v1::CheckpointService::WithRawCallbackMethod_SignCheckpoint<
                               v1::CheckpointService::Service> {
 public:
  // Both must outlive the handlers.
  CheckpointHandlers(const IngestContext* context, const CheckpointIssuer* issuer);

  grpc::ServerUnaryReactor* SignCheckpoint(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override;

 private:
  const CheckpointIssuer* const issuer_;
  UnaryService unary_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_HANDLERS_PROOF_HANDLERS_H_
