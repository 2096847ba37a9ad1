#include "tools/repatctl/client/backup_client.h"

#include "repatriation/v1/backup_service.grpc.pb.h"
#include "tools/repatctl/client/grpc_peer.h"

namespace repatriation {
namespace {

class GrpcBackupClient final : public BackupClient {
 public:
  GrpcBackupClient(const std::string& target, absl::Duration timeout)
      : peer_("ingest", target, timeout), stub_(v1::BackupService::NewStub(ChannelTo(target))) {}

  absl::StatusOr<v1::CreateBackupResponse> CreateBackup() override {
    return peer_.Call(*stub_, &Stub::CreateBackup, v1::CreateBackupRequest());
  }
  absl::StatusOr<v1::ListBackupsResponse> ListBackups() override {
    return peer_.Call(*stub_, &Stub::ListBackups, v1::ListBackupsRequest());
  }

 private:
  using Stub = v1::BackupService::Stub;
  const GrpcPeer peer_;
  const std::unique_ptr<Stub> stub_;
};

}  // namespace

std::unique_ptr<BackupClient> BackupClient::Connect(const std::string& target,
                                                    absl::Duration timeout) {
  return std::make_unique<GrpcBackupClient>(target, timeout);
}

}  // namespace repatriation
