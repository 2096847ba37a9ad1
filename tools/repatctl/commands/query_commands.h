// The query commands: aggregate, timeline, briefing, events, event, missions.
#ifndef TOOLS_REPATCTL_COMMANDS_QUERY_COMMANDS_H_
#define TOOLS_REPATCTL_COMMANDS_QUERY_COMMANDS_H_

#include <CLI/App.hpp>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Adds the commands to `app`; the one that is parsed sets session.command.
// `session` must outlive `app`.
void AddQueryCommands(CLI::App& app, Session& session);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_QUERY_COMMANDS_H_
