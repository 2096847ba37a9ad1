#include "common/service/flags.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"

namespace repatriation {

void AddDurationFlag(CLI::App& app, const std::string& name, absl::Duration& value,
                     absl::Duration min, absl::Duration max, const std::string& description) {
  app.add_option_function<std::string>(
         name,
         [&value, name, min, max](const std::string& text) {
           absl::Duration parsed;
           if (!absl::ParseDuration(text, &parsed) || parsed < min || parsed > max) {
             throw CLI::ValidationError(
                 name, absl::StrCat("must be a duration from ", absl::FormatDuration(min), " to ",
                                    absl::FormatDuration(max), ", is ", text));
           }
           value = parsed;
         },
         description)
      ->type_name("DURATION")
      ->default_str(absl::FormatDuration(value));
}

void AddServerFlags(CLI::App& app, ServerOptions& options) {
  app.add_option("--listen", options.listen, "HOST:PORT to listen on; port 0 picks a free port")
      ->required();
  AddNumberFlag<size_t>(app, "--message_bytes_max", options.message_bytes_max, 64 << 10, 64 << 20,
                        "Maximum size of a request, in bytes");
  AddDurationFlag(app, "--drain_timeout", options.drain_timeout, absl::ZeroDuration(),
                  absl::Minutes(10), "How long a shutdown waits for calls in progress");
  AddDurationFlag(app, "--keepalive_time", options.keepalive_time, absl::Seconds(1), absl::Hours(2),
                  "Idle time of a connection before a keepalive ping");
  AddDurationFlag(app, "--keepalive_timeout", options.keepalive_timeout, absl::Seconds(1),
                  absl::Minutes(10), "How long to wait for the reply to a keepalive ping");
  AddDurationFlag(app, "--client_ping_interval_min", options.client_ping_interval_min,
                  absl::Seconds(1), absl::Seconds(15),
                  "Clients that ping more often are disconnected");
  AddNumberFlag(app, "--connection_streams_max", options.connection_streams_max, 1, 100'000,
                "Maximum number of concurrent calls per connection");
  const std::map<std::string, LogLevel> levels = {{"debug", LogLevel::kDebug},
                                                  {"info", LogLevel::kInfo},
                                                  {"warning", LogLevel::kWarning},
                                                  {"error", LogLevel::kError}};
  app.add_option_function<LogLevel>(
         "--log_level", [](const LogLevel& level) { SetLogLevel(level); },
         "Minimum level of the log on stderr")
      ->transform(CLI::CheckedTransformer(levels))
      ->default_str("info");
}

}  // namespace repatriation
