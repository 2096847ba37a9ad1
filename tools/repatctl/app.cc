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
  app.add_option("--ingest", session.ingest_target, "The ingest service")
      ->type_name("HOST:PORT")
      ->envname("REPAT_INGEST")
      ->take_last()
      ->default_val("127.0.0.1:7001");
  app.add_option("--query", session.query_target, "The query service")
      ->type_name("HOST:PORT")
      ->envname("REPAT_QUERY")
      ->take_last()
      ->default_val("127.0.0.1:7002");
  app.add_option("--timeout", session.timeout_s, "How long to wait for an answer, up to 86,400")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 86'400.0).description(""))
      ->take_last()
      ->default_val(30.0);
}

// Reads the command line; the exit status if the run ends there, as after
// --help, and otherwise sets session.command.
absl::optional<int> Parse(CLI::App& app, const std::vector<std::string>& arguments,
                          Session& session) {
  // CLI11 takes them from the back, and takes "--site=" for one without a value.
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
    // CLI11 misses a command before it complains of a word that is none.
    const std::vector<std::string> unknown = app.remaining();
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError) &&
        !unknown.empty()) {
      session.env.err << "error: no command is named " << unknown.front();
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
  CLI::App app("Records and counts the movements of a mission that draws down.", "repatctl");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", VersionText("repatctl"), "Print the version and exit");
  app.require_subcommand(1);
  // So that the global flags are taken after the command, too.
  app.fallthrough();
  app.footer("repatctl COMMAND --help tells the flags of a command.");
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
                    "\nThe flags of repatctl itself (see repatctl --help) may stand here, too.");
  }
  const auto ended = Parse(app, arguments, session);
  const int exit_status = ended.has_value() ? *ended : session.command();
  environment.out.flush();
  if (!environment.out.good()) return session.FailUsage("cannot write to standard output");
  return exit_status;
}

}  // namespace repatriation
