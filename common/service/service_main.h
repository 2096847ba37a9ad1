// What both services' main() have in common, apart from the wiring.
//
// Thread-safety: only for main().
#ifndef COMMON_SERVICE_SERVICE_MAIN_H_
#define COMMON_SERVICE_SERVICE_MAIN_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/rpc/server.h"

namespace repatriation {

struct ServiceProgram {
  std::string name;         // "ingest_service"
  std::string description;  // the first line of --help
  std::function<void(CLI::App&)> add_flags;
  // Opens, serves until a signal and closes. Called after the flags are parsed and
  // failpoints are armed, in a process without other threads.
  std::function<absl::Status()> serve;
};

// Blocks signals, parses flags (including --help and --version), and serves. Returns the
// exit status: 0, 1 after an error, which it logs, or CLI11's for bad flags.
int RunService(int argc, char** argv, const ServiceProgram& program);

// Announces that `server` is listening, waits for SIGTERM or SIGINT, and shuts it down;
// see Server::Shutdown().
void ServeUntilSignal(Server& server, const std::vector<CallAdmission*>& admissions,
                      absl::AnyInvocable<void()> flush);

}  // namespace repatriation

#endif  // COMMON_SERVICE_SERVICE_MAIN_H_
