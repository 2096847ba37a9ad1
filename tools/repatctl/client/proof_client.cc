#include "tools/repatctl/client/proof_client.h"

#include "repatriation/v1/ledger_proof_service.grpc.pb.h"
#include "tools/repatctl/client/grpc_peer.h"

namespace repatriation {
namespace {

class GrpcProofClient final : public ProofClient {
 public:
  GrpcProofClient(const GrpcPeer& peer, const std::shared_ptr<grpc::Channel>& channel)
      : peer_(peer),
        proof_(v1::LedgerProofService::NewStub(channel)),
        checkpoints_(v1::CheckpointService::NewStub(channel)) {}

  absl::StatusOr<v1::GetLedgerHashResponse> GetLedgerHash(
      const v1::GetLedgerHashRequest& request) override {
    return peer_.Call(*proof_, &v1::LedgerProofService::Stub::GetLedgerHash, request);
  }
  absl::StatusOr<v1::SignCheckpointResponse> SignCheckpoint(
      const v1::SignCheckpointRequest& request) override {
    return peer_.Call(*checkpoints_, &v1::CheckpointService::Stub::SignCheckpoint, request);
  }

 private:
  const GrpcPeer peer_;
  const std::unique_ptr<v1::LedgerProofService::Stub> proof_;
  const std::unique_ptr<v1::CheckpointService::Stub> checkpoints_;
};

}  // namespace

std::unique_ptr<ProofClient> ConnectProof(const std::string& service, const std::string& target,
                                          absl::Duration timeout) {
  return std::make_unique<GrpcProofClient>(GrpcPeer(service, target, timeout), ChannelTo(target));
}

}  // namespace repatriation
