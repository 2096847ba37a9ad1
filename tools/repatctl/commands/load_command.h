// The load test: sends synthetic events to a deployment and measures it.
#ifndef TOOLS_REPATCTL_COMMANDS_LOAD_COMMAND_H_
#define TOOLS_REPATCTL_COMMANDS_LOAD_COMMAND_H_

#include <CLI/App.hpp>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Adds `load` to `app`; if parsed, it sets session.command. `session` must outlive
// `app`.
void AddLoadCommand(CLI::App& app, Session& session);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_LOAD_COMMAND_H_
