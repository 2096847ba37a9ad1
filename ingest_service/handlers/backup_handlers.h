// repatriation.v1.BackupService over Backups.
//
// Thread-safety: any thread, as gRPC requires.
#ifndef INGEST_SERVICE_HANDLERS_BACKUP_HANDLERS_H_
#define INGEST_SERVICE_HANDLERS_BACKUP_HANDLERS_H_

#include "common/rpc/unary.h"
#include "ingest_service/core/backups.h"
#include "ingest_service/handlers/ingest_context.h"
#include "repatriation/v1/backup_service.grpc.pb.h"

namespace repatriation {

class BackupHandlers
    : public v1::BackupService::WithRawCallbackMethod_CreateBackup<
          v1::BackupService::WithRawCallbackMethod_ListBackups<v1::BackupService::Service>> {
 public:
  // `context` and `backups` must outlive the handlers.
  BackupHandlers(const IngestContext* context, Backups* backups);

  grpc::ServerUnaryReactor* CreateBackup(grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListBackups(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;

 private:
  Backups* const backups_;
  const Clock* const clock_;
  UnaryService unary_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_HANDLERS_BACKUP_HANDLERS_H_
