// The commands that write to the ledger: import, record, correct, void and
// quarantine release.
#ifndef TOOLS_REPATCTL_COMMANDS_INGEST_COMMANDS_H_
#define TOOLS_REPATCTL_COMMANDS_INGEST_COMMANDS_H_

#include <CLI/App.hpp>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Adds the commands to `app`; the one that is parsed sets session.command.
// `session` must outlive `app`.
void AddIngestCommands(CLI::App& app, Session& session);

// Adds `release` to `quarantine` in the same way.
void AddReleaseCommand(CLI::App& quarantine, Session& session);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_INGEST_COMMANDS_H_
