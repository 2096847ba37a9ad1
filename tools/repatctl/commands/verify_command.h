// The commands for proofs: verify and checkpoint.
#ifndef TOOLS_REPATCTL_COMMANDS_VERIFY_COMMAND_H_
#define TOOLS_REPATCTL_COMMANDS_VERIFY_COMMAND_H_

#include <CLI/App.hpp>

#include "tools/repatctl/client/proof_client.h"
#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Verification found something bad.
inline constexpr int kExitNotVerified = 1;

// Adds the commands to `app`; the one that is parsed sets session.command.
// `session` must outlive `app`. They connect to the services with `connect`.
void AddVerifyCommands(CLI::App& app, Session& session, const ProofConnector& connect);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_VERIFY_COMMAND_H_
