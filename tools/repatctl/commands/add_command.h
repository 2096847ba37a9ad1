// Adds subcommands to the command line.
#ifndef TOOLS_REPATCTL_COMMANDS_ADD_COMMAND_H_
#define TOOLS_REPATCTL_COMMANDS_ADD_COMMAND_H_

#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "tools/repatctl/commands/session.h"

namespace repatriation {

// Adds a subcommand of `app` that calls `run` with the parsed `flags`, which several
// commands may share. `session` must live until the command has run.
template <typename Flags>
CLI::App& AddCommand(CLI::App& app, Session& session, const std::shared_ptr<Flags>& flags,
                     const std::string& name, const std::string& help,
                     int (*run)(Session&, const Flags&)) {
  CLI::App& command = *app.add_subcommand(name, help);
  command.callback([&session, flags, run] {
    session.command = [&session, flags, run] { return run(session, *flags); };
  });
  return command;
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_ADD_COMMAND_H_
