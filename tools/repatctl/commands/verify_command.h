// The commands that prove: verify and checkpoint.
#ifndef TOOLS_REPATCTL_COMMANDS_VERIFY_COMMAND_H_
#define TOOLS_REPATCTL_COMMANDS_VERIFY_COMMAND_H_

#include <CLI/App.hpp>

#include "tools/repatctl/client/proof_client.h"
#include "tools/repatctl/commands/session.h"

namespace repatriation {

// What was to be verified is not right.
inline constexpr int kExitNotVerified = 1;

// Adds the commands to `app`; the one that is given sets session.command.
// `session` must outlive `app`. They reach the services by `connect`.
void AddVerifyCommands(CLI::App& app, Session& session, const ProofConnector& connect);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_VERIFY_COMMAND_H_
