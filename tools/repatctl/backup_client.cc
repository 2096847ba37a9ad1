#include "tools/repatctl/backup_client.h"

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "repatriation/v1/backup_service.grpc.pb.h"
#include "tools/repatctl/peer_status.h"

namespace repatriation {
namespace {

constexpr int kKeepaliveTimeMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;

std::shared_ptr<grpc::Channel> ChannelTo(const std::string& target) {
  grpc::ChannelArguments arguments;
  // A backup takes long and says nothing meanwhile: a service that is gone is
  // found out, which gRPC would stop to try after two pings.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

class GrpcBackupClient final : public BackupClient {
 public:
  GrpcBackupClient(const std::string& target, absl::Duration timeout)
      : name_(absl::StrCat("ingest service at ", target)),
        timeout_(timeout),
        stub_(v1::BackupService::NewStub(ChannelTo(target))) {}

  absl::StatusOr<v1::CreateBackupResponse> CreateBackup() override {
    return Call(&Stub::CreateBackup, v1::CreateBackupRequest());
  }
  absl::StatusOr<v1::ListBackupsResponse> ListBackups() override {
    return Call(&Stub::ListBackups, v1::ListBackupsRequest());
  }

 private:
  using Stub = v1::BackupService::Stub;

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(SystemClock().Now() + timeout_));
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) return StatusFrom(status, name_);
    return response;
  }

  const std::string name_;
  const absl::Duration timeout_;
  const std::unique_ptr<Stub> stub_;
};

}  // namespace

std::unique_ptr<BackupClient> BackupClient::Connect(const std::string& target,
                                                    absl::Duration timeout) {
  return std::make_unique<GrpcBackupClient>(target, timeout);
}

}  // namespace repatriation
