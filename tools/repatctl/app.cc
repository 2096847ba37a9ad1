#include "tools/repatctl/app.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "common/service/version.h"
#include "tools/repatctl/commands/backup_commands.h"
#include "tools/repatctl/commands/change_commands.h"
#include "tools/repatctl/commands/drawdown_commands.h"
#include "tools/repatctl/commands/ingest_commands.h"
#include "tools/repatctl/commands/load_command.h"
#include "tools/repatctl/commands/query_commands.h"
#include "tools/repatctl/commands/verify_command.h"

namespace repatriation {
namespace {

void AddGlobalFlags(CLI::App& app, Session& session) {
  app.add_option("--ingest", session.ingest_target, "Address of the ingest service")
      ->type_name("HOST:PORT")
      ->envname("REPAT_INGEST")
      ->take_last()
      ->default_val("127.0.0.1:7001");
  app.add_option("--query", session.query_target, "Address of the query service")
      ->type_name("HOST:PORT")
      ->envname("REPAT_QUERY")
      ->take_last()
      ->default_val("127.0.0.1:7002");
  app.add_option("--timeout", session.timeout_s, "Timeout of a request, at most 86,400")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 86'400.0).description(""))
      ->take_last()
      ->default_val(30.0);
}

// Parses the command line and sets session.command. Returns the exit status if the
// run ends here, as for --help or an error.
absl::optional<int> Parse(CLI::App& app, const std::vector<std::string>& arguments,
                          Session& session) {
  // CLI11 expects them in reverse order, and parses "--site=" as a flag without a value.
  std::vector<std::string> reversed;
  for (auto argument = arguments.rbegin(); argument != arguments.rend(); ++argument) {
    const bool empty_value = absl::StartsWith(*argument, "--") && argument->back() == '=' &&
                             argument->find('=') == argument->size() - 1;
    if (empty_value) reversed.emplace_back();
    reversed.push_back(empty_value ? argument->substr(0, argument->size() - 1) : *argument);
  }
  try {
    app.parse(std::move(reversed));
    return absl::nullopt;
  } catch (const CLI::Success& help) {
    app.exit(help, session.env.out, session.env.err);
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    // CLI11 reports the missing command before it reports an unknown one.
    const std::vector<std::string> unknown = app.remaining();
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError) &&
        !unknown.empty()) {
      session.env.err << "error: unknown command " << unknown.front();
    } else {
      session.env.err << "error: " << error.what();
    }
    session.env.err << "\nSee repatctl --help.\n";
    return kExitUsage;
  }
}

}  // namespace

int RunRepatctl(const std::vector<std::string>& arguments, Environment& environment) {
  Session session(environment);
  CLI::App app("Command-line client of the repatriation ledger.", "repatctl");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", VersionText("repatctl"), "Print the version and exit");
  app.require_subcommand(1);
  // Accepts the global flags after the command, too.
  app.fallthrough();
  app.footer("Run repatctl COMMAND --help for the flags of a command.");
  AddGlobalFlags(app, session);
  AddIngestCommands(app, session);
  AddLoadCommand(app, session);
  AddQueryCommands(app, session);
  AddDrawdownCommands(app, session);
  AddChangeCommands(app, session);
  AddReleaseCommand(AddQuarantineCommand(app, session), session);
  AddBackupCommands(app, session);
  AddVerifyCommands(app, session, &ConnectProof);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    command->footer(command->get_footer() +
                    "\nThe global flags (see repatctl --help) are accepted here, too.");
  }
  const auto ended = Parse(app, arguments, session);
  const int exit_status = ended.has_value() ? *ended : session.command();
  environment.out.flush();
  if (!environment.out.good()) return session.FailUsage("cannot write to standard output");
  return exit_status;
}

}  // namespace repatriation
