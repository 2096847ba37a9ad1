// The commands for changes of a figure: compare and watch.
#ifndef TOOLS_REPATCTL_COMMANDS_CHANGE_COMMANDS_H_
#define TOOLS_REPATCTL_COMMANDS_CHANGE_COMMANDS_H_

#include <CLI/App.hpp>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Adds the commands to `app`; the one that is parsed sets session.command.
// `session` must outlive `app`.
void AddChangeCommands(CLI::App& app, Session& session);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_CHANGE_COMMANDS_H_
