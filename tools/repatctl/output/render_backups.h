// Backups as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_BACKUPS_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_BACKUPS_H_

#include <string>

#include "repatriation/v1/backup_service.pb.h"

namespace repatriation {

// One line per field.
std::string BackupText(const v1::CreateBackupResponse& response);
std::string BackupsTable(const v1::ListBackupsResponse& response);
std::string BackupsCsv(const v1::ListBackupsResponse& response);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_BACKUPS_H_
