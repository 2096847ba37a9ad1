#include "tools/repatctl/commands/backup_commands.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/storage/backup.h"
#include "tools/repatctl/client/backup_client.h"
#include "tools/repatctl/commands/add_command.h"
#include "tools/repatctl/commands/command_flags.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/render_backups.h"

namespace repatriation {
namespace {

// A large ledger takes long to copy.
constexpr absl::Duration kDefaultTimeout = absl::Hours(24);

// In addition to those of session.h.
constexpr int kExitDamaged = 1;

struct BackupFlags {
  std::string format = "table";
  const CLI::Option* timeout = nullptr;  // the global flag
};

struct RestoreFlags {
  std::string from;
  std::string data_dir;
  bool dry_run = false;
};

int RunBackup(Session& session, const BackupFlags& flags) {
  const absl::Duration timeout = flags.timeout->empty() ? kDefaultTimeout : session.timeout();
  const auto made = BackupClient::Connect(session.ingest_target, timeout)->CreateBackup();
  if (!made.ok()) return session.Fail(made.status());
  session.env.out << (flags.format == "json" ? ToJson(*made) : BackupText(*made));
  return kExitOk;
}

int RunList(Session& session, const BackupFlags& flags) {
  const auto listed =
      BackupClient::Connect(session.ingest_target, session.timeout())->ListBackups();
  if (!listed.ok()) return session.Fail(listed.status());
  session.env.out << (flags.format == "json"  ? ToJson(*listed)
                      : flags.format == "csv" ? BackupsCsv(*listed)
                                              : BackupsTable(*listed));
  return kExitOk;
}

// Exit status by cause: a damaged backup, wrong paths, or a failed disk.
int FailRestore(Session& session, const absl::Status& status) {
  session.env.err << ErrorLine(status) << "\n";
  if (absl::IsDataLoss(status)) return kExitDamaged;
  const bool path = absl::IsNotFound(status) || absl::IsFailedPrecondition(status);
  return path ? kExitUsage : kExitService;
}

absl::StatusOr<BackupManifest> CheckOrRestore(const RestoreFlags& flags) {
  const auto never_stop = [](size_t) { return absl::OkStatus(); };
  if (!flags.dry_run) return RestoreBackup(flags.from, flags.data_dir, never_stop);
  const absl::Status target =
      flags.data_dir.empty() ? absl::OkStatus() : CheckRestoreTarget(flags.data_dir);
  if (!target.ok()) return target;
  return CheckBackup(flags.from, never_stop);
}

int RunRestore(Session& session, const RestoreFlags& flags) {
  if (flags.data_dir.empty() && !flags.dry_run) {
    return session.FailUsage("restore: needs --data_dir or --dry_run");
  }
  const auto manifest = CheckOrRestore(flags);
  if (!manifest.ok()) return FailRestore(session, manifest.status());
  session.env.out << absl::StrCat(
      flags.dry_run ? "the backup is intact: ledger " : "restored ledger ",
      manifest->ledger_id.ToString(), " through position ", manifest->tail.position, ", hash ",
      Hex(manifest->tail.hash), "\n");
  return kExitOk;
}

void AddRestoreCommand(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<RestoreFlags>();
  CLI::App& restore =
      AddCommand(app, session, flags, "restore",
                 "Restore a backup to a data directory on this machine", &RunRestore);
  restore.add_option("--from", flags->from, "Directory of the backup")
      ->type_name("BACKUP")
      ->required();
  restore
      .add_option("--data_dir", flags->data_dir,
                  "Data directory to create for the ingest service; must be missing or empty")
      ->type_name("PATH");
  restore.add_flag("--dry_run", flags->dry_run, "Only check every file and block of the backup");
  restore.footer(
      "The ingest service must not be running. After an error no directory is left behind.\n"
      "Events acknowledged after the backup was started are not in it: have producers resend\n"
      "them, which is safe because of their ids. A replica that is ahead of the restored ledger\n"
      "stops answering (REPLICA_DIVERGED): rebuild it from an empty directory. Others continue.\n"
      "Exit status: 0 done, 1 the backup is damaged, 2 a path is wrong, 3 the disk failed.\n"
      "Example: repatctl restore --from backups/20231231T235959.123Z-839 --data_dir ledger");
}

}  // namespace

void AddBackupCommands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<BackupFlags>();
  flags->timeout = app.get_option("--timeout");
  CLI::App& backup = *app.add_subcommand("backup", "Create a backup on the ingest service");
  backup.require_subcommand(0, 1);
  AddFormatFlag(backup, flags->format, {"table", "json"});
  backup.footer(
      "The backup is stored by the service in its --backup_dir; the service keeps running.\n"
      "The default timeout is 24 hours. Interrupting the command cancels the backup.\n"
      "Example: repatctl backup; repatctl backup list");

  const auto list_flags = std::make_shared<BackupFlags>();
  CLI::App& list = AddCommand(backup, session, list_flags, "list", "List the backups", &RunList);
  AddFormatFlag(list, list_flags->format);
  // CLI11 also calls this after the subcommand.
  backup.callback([&session, &list, flags] {
    if (list.parsed()) return;
    session.command = [&session, flags] { return RunBackup(session, *flags); };
  });
  AddRestoreCommand(app, session);
}

}  // namespace repatriation
