// The context of a run of repatctl: its environment, the global flags, and error
// reporting.
#ifndef TOOLS_REPATCTL_COMMANDS_SESSION_H_
#define TOOLS_REPATCTL_COMMANDS_SESSION_H_

#include <functional>
#include <istream>
#include <memory>
#include <ostream>
#include <string>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "tools/repatctl/client/clients.h"
#include "tools/repatctl/client/retry.h"
#include "tools/repatctl/fields/event_columns.h"

namespace repatriation {

// Exit statuses of the process.
inline constexpr int kExitOk = 0;
// Something was rejected, by the ingest service or already by the client.
inline constexpr int kExitRejected = 1;
// The command line or the input is wrong.
inline constexpr int kExitUsage = 2;
// A service failed or could not be reached.
inline constexpr int kExitService = 3;

// Input, output, time and connections, which tests replace.
struct Environment {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;
  // Width of the terminal that `out` is, or 80.
  int columns = 80;
  const Clock& clock;
  std::function<void(absl::Duration)> sleep;
  std::function<std::unique_ptr<QueryClient>(const std::string& target, absl::Duration timeout)>
      connect_query;
  std::function<std::unique_ptr<IngestClient>(const std::string& target, absl::Duration timeout)>
      connect_ingest;
};

// "error: CODE: message (details)", on one line.
std::string ErrorLine(const absl::Status& status);

// One run. Thread-compatible.
class Session {
 public:
  explicit Session(Environment& environment) : env(environment) {}

  Environment& env;
  // The global flags.
  std::string ingest_target;
  std::string query_target;
  double timeout_s = 0;
  // The command to run after parsing the command line; returns the exit status.
  std::function<int()> command;

  absl::Duration timeout() const { return absl::Seconds(timeout_s); }
  std::unique_ptr<QueryClient> Query() const { return env.connect_query(query_target, timeout()); }
  std::unique_ptr<IngestClient> Ingest() const {
    return env.connect_ingest(ingest_target, timeout());
  }
  RetryEnvironment retry_environment() { return {env.clock, env.sleep, random_}; }

  // Each prints the error to `err` and returns the exit status.
  int Fail(const absl::Status& status) const;
  int FailUsage(absl::string_view message) const;
  int FailRejected(const FieldError& error) const;

 private:
  absl::BitGen random_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_COMMANDS_SESSION_H_
