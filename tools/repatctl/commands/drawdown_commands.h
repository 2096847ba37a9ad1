// The commands for the progress of a drawdown: drawdown, reconcile and quarantine
// list.
#ifndef TOOLS_REPATCTL_COMMANDS_DRAWDOWN_COMMANDS_H_
#define TOOLS_REPATCTL_COMMANDS_DRAWDOWN_COMMANDS_H_

#include <CLI/App.hpp>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Adds drawdown and reconcile to `app`; the one that is parsed sets
// session.command. `session` must outlive `app`.
void AddDrawdownCommands(CLI::App& app, Session& session);

// Adds `quarantine` with the subcommand `list` to `app` in the same way; returns
// `quarantine`, for more subcommands.
CLI::App& AddQuarantineCommand(CLI::App& app, Session& session);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_DRAWDOWN_COMMANDS_H_
