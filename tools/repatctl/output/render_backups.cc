#include "tools/repatctl/output/render_backups.h"

#include <google/protobuf/util/time_util.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/repatctl/fields/csv_rows.h"
#include "tools/repatctl/output/render.h"
#include "tools/repatctl/output/tables.h"

namespace repatriation {

std::string BackupText(const v1::CreateBackupResponse& response) {
  const v1::Backup& backup = response.backup();
  const auto ms = google::protobuf::util::TimeUtil::DurationToMilliseconds(response.elapsed());
  return absl::StrFormat(
      "backed up ledger %s through position %d\nname     %s\nhash     %s\nbytes    %s\nseconds  "
      "%.3f\npath     %s\n",
      backup.ledger_id(), backup.position(), backup.name(), backup.hash(),
      WithThousands(backup.size_bytes()), static_cast<double>(ms) / 1000, backup.path());
}

std::string BackupsTable(const v1::ListBackupsResponse& response) {
  Table table;
  table.AddColumn("name", Align::kLeft);
  table.AddColumn("position", Align::kRight);
  table.AddColumn("bytes", Align::kRight);
  table.AddColumn("ledger_id", Align::kLeft);
  table.AddColumn("path", Align::kLeft);
  table.AddColumn("problem", Align::kLeft);
  for (const v1::Backup& backup : response.backups()) {
    const bool intact = backup.problem().empty();
    table.AddRow({backup.name(), intact ? WithThousands(backup.position()) : "",
                  intact ? WithThousands(backup.size_bytes()) : "", backup.ledger_id(),
                  backup.path(), backup.problem()});
  }
  return table.Render();
}

std::string BackupsCsv(const v1::ListBackupsResponse& response) {
  std::string text = CsvLine(
      {"name", "path", "ledger_id", "position", "hash", "create_time", "size_bytes", "problem"});
  for (const v1::Backup& backup : response.backups()) {
    const bool intact = backup.problem().empty();
    absl::StrAppend(&text,
                    CsvLine({backup.name(), backup.path(), backup.ledger_id(),
                             intact ? absl::StrCat(backup.position()) : "", backup.hash(),
                             intact ? TimeText(backup.create_time()) : "",
                             intact ? absl::StrCat(backup.size_bytes()) : "", backup.problem()}));
  }
  return text;
}

}  // namespace repatriation
