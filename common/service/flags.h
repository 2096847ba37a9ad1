// Command-line flags of both services, on CLI11: each with a default and a range that
// is checked before anything is opened.
//
// Thread-safety: only for main(), before it starts other threads.
#ifndef COMMON_SERVICE_FLAGS_H_
#define COMMON_SERVICE_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/time/time.h"
#include "common/rpc/server.h"

namespace repatriation {

// A number from `min` to `max`.
template <typename Number>
void AddNumberFlag(CLI::App& app, const std::string& name, Number& value, Number min, Number max,
                   const std::string& description) {
  app.add_option(name, value, description)->check(CLI::Range(min, max))->capture_default_str();
}

// A duration such as "250ms", "20s" or "5m", from `min` to `max`.
void AddDurationFlag(CLI::App& app, const std::string& name, absl::Duration& value,
                     absl::Duration min, absl::Duration max, const std::string& description);

// The flags for ServerOptions, and --log_level.
void AddServerFlags(CLI::App& app, ServerOptions& options);

}  // namespace repatriation

#endif  // COMMON_SERVICE_FLAGS_H_
