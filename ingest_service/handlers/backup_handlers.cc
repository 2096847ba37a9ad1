#include "ingest_service/handlers/backup_handlers.h"

#include <google/protobuf/util/time_util.h>

#include <utility>

#include "common/base/thread_priority.h"

namespace repatriation {
namespace {

using google::protobuf::util::TimeUtil;

void FillBackup(const Backup& backup, v1::Backup& to) {
  to.set_name(backup.name);
  to.set_path(backup.path);
  if (!backup.problem.ok()) {
    to.set_problem(std::string(backup.problem.message()));
    return;
  }
  const BackupManifest& manifest = backup.manifest;
  to.set_ledger_id(manifest.ledger_id.ToString());
  to.set_position(manifest.tail.position);
  to.set_hash(Hex(manifest.tail.hash));
  *to.mutable_create_time() =
      TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(manifest.create_time));
  to.set_size_bytes(static_cast<int64_t>(manifest.bytes));
}

}  // namespace

BackupHandlers::BackupHandlers(const IngestContext* context, Backups* backups)
    : backups_(backups),
      clock_(context->clock),
      unary_(UnaryOn(*context->backup_executor, *context)) {}

grpc::ServerUnaryReactor* BackupHandlers::CreateBackup(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request,
                                                       grpc::ByteBuffer* response) {
  using Responder = UnaryResponder<v1::CreateBackupResponse>;
  return ServeUnary<v1::CreateBackupRequest, v1::CreateBackupResponse>(
      context, request, response, unary_,
      [this](const v1::CreateBackupRequest&, const CallInfo&, Responder responder) {
        // Appends have priority over the backup.
        LowerThreadPriority();
        const absl::Time begun = clock_->Now();
        const auto backup = backups_->Create([&] { return responder.IsCancelled(); });
        if (!backup.ok()) return responder.Respond(backup.status());
        v1::CreateBackupResponse answer;
        FillBackup(*backup, *answer.mutable_backup());
        *answer.mutable_elapsed() =
            TimeUtil::MicrosecondsToDuration(absl::ToInt64Microseconds(clock_->Now() - begun));
        responder.Respond(std::move(answer));
      });
}

grpc::ServerUnaryReactor* BackupHandlers::ListBackups(grpc::CallbackServerContext* context,
                                                      const grpc::ByteBuffer* request,
                                                      grpc::ByteBuffer* response) {
  using Responder = UnaryResponder<v1::ListBackupsResponse>;
  return ServeUnary<v1::ListBackupsRequest, v1::ListBackupsResponse>(
      context, request, response, unary_,
      [this](const v1::ListBackupsRequest&, const CallInfo&, Responder responder) {
        const auto backups = backups_->List();
        if (!backups.ok()) return responder.Respond(backups.status());
        v1::ListBackupsResponse answer;
        for (const Backup& backup : *backups) FillBackup(backup, *answer.add_backups());
        responder.Respond(std::move(answer));
      });
}

}  // namespace repatriation
