// The backup commands: `backup` and `backup list` call the ingest service,
// `restore` works on local files.
#ifndef TOOLS_REPATCTL_COMMANDS_BACKUP_COMMANDS_H_
#define TOOLS_REPATCTL_COMMANDS_BACKUP_COMMANDS_H_

#include <CLI/App.hpp>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// `session` must live until the command has run.
void AddBackupCommands(CLI::App& app, Session& session);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_BACKUP_COMMANDS_H_
