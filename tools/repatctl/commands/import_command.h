// The command that streams a file of events or records into the ledger.
#ifndef TOOLS_REPATCTL_COMMANDS_IMPORT_COMMAND_H_
#define TOOLS_REPATCTL_COMMANDS_IMPORT_COMMAND_H_

#include <CLI/App.hpp>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Adds `import` to `app`; if parsed, it sets session.command. `session` must
// outlive `app`.
void AddImportCommand(CLI::App& app, Session& session);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_IMPORT_COMMAND_H_
