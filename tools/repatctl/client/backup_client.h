// Client of the ingest service's BackupService. Errors as in clients.h; `target` and
// `timeout` as in grpc_clients.h.
//
// Thread-safe.
#ifndef TOOLS_REPATCTL_CLIENT_BACKUP_CLIENT_H_
#define TOOLS_REPATCTL_CLIENT_BACKUP_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "repatriation/v1/backup_service.pb.h"

namespace repatriation {

class BackupClient {
 public:
  static std::unique_ptr<BackupClient> Connect(const std::string& target, absl::Duration timeout);
  virtual ~BackupClient() = default;

  // Each call blocks until the response or the deadline.
  virtual absl::StatusOr<v1::CreateBackupResponse> CreateBackup() = 0;
  virtual absl::StatusOr<v1::ListBackupsResponse> ListBackups() = 0;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_CLIENT_BACKUP_CLIENT_H_
