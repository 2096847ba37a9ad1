// repatctl: the command-line client of the repatriation ledger.
#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

#include "absl/time/clock.h"
#include "tools/repatctl/app.h"
#include "tools/repatctl/client/grpc_clients.h"

namespace {

constexpr int kColumnsWithoutTerminal = 80;

int TerminalColumns() {
  winsize size = {};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kColumnsWithoutTerminal;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  repatriation::Environment environment = {
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .columns = TerminalColumns(),
      .clock = repatriation::SystemClock(),
      .sleep = absl::SleepFor,
      .connect_query = repatriation::ConnectQuery,
      .connect_ingest = repatriation::ConnectIngest,
  };
  return repatriation::RunRepatctl({argv + 1, argv + argc}, environment);
}
