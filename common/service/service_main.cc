#include "common/service/service_main.h"

#include <utility>

#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/rpc/parse.h"
#include "common/service/version.h"

namespace repatriation {
namespace {

absl::Status Start(const ServiceProgram& program) {
  const absl::Status armed = ArmFailpointsFromEnvironment();
  if (!armed.ok()) return armed;
  LogInfo(VersionText(program.name));
  return program.serve();
}

}  // namespace

int RunService(int argc, char** argv, const ServiceProgram& program) {
  Server::BlockSignals();
  RouteProtobufLog();
  CLI::App app(program.description, program.name);
  app.set_version_flag("--version", VersionText(program.name), "Print the version and exit");
  program.add_flags(app);
  CLI11_PARSE(app, argc, argv);
  const absl::Status served = Start(program);
  if (served.ok()) return 0;
  LogError(Describe(served));
  return 1;
}

void ServeUntilSignal(Server& server, const std::vector<CallAdmission*>& admissions,
                      absl::AnyInvocable<void()> flush) {
  server.AnnounceListening();
  const int signal = Server::WaitForSignal();
  LogInfo("draining after signal ", signal);
  const int cancelled = server.Shutdown(admissions, std::move(flush));
  if (cancelled > 0) LogWarning("cancelled ", cancelled, " calls that did not end in time");
}

}  // namespace repatriation
