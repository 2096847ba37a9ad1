// The commands that ask how a drawdown stands: drawdown, reconcile and
// quarantine list.
#ifndef TOOLS_REPATCTL_COMMANDS_DRAWDOWN_COMMANDS_H_
#define TOOLS_REPATCTL_COMMANDS_DRAWDOWN_COMMANDS_H_

#include <CLI/App.hpp>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Adds drawdown and reconcile to `app`; the one that is given sets
// session.command. `session` must outlive `app`.
void AddDrawdownCommands(CLI::App& app, Session& session);

// Adds `quarantine` to `app` in the same way, with `list`; returns it, so that
// others can add to it.
CLI::App& AddQuarantineCommand(CLI::App& app, Session& session);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_DRAWDOWN_COMMANDS_H_
