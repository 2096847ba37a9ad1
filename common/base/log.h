// One-line log messages on stderr, through spdlog: time in UTC, level, text.
// stdout is reserved for the documented output of the services.
//
// Thread-safety: all functions may be called from any thread.
#ifndef COMMON_BASE_LOG_H_
#define COMMON_BASE_LOG_H_

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace repatriation {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Messages below `level` are dropped from now on. Before the first call: kInfo.
void SetLogLevel(LogLevel level);

void LogMessage(LogLevel level, absl::string_view text);

template <typename... Parts>
void LogInfo(const Parts&... parts) {
  LogMessage(LogLevel::kInfo, absl::StrCat(parts...));
}
template <typename... Parts>
void LogWarning(const Parts&... parts) {
  LogMessage(LogLevel::kWarning, absl::StrCat(parts...));
}
template <typename... Parts>
void LogError(const Parts&... parts) {
  LogMessage(LogLevel::kError, absl::StrCat(parts...));
}

}  // namespace repatriation

#endif  // COMMON_BASE_LOG_H_
