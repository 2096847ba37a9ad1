#include "tools/repatctl/commands/session.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/errors.h"
#include "common/rpc/status.h"

namespace repatriation {

std::string ErrorLine(const absl::Status& status) {
  std::string line =
      absl::StrCat("error: ", absl::StatusCodeToString(status.code()), ": ", status.message());
  if (const std::string reason = ReasonOf(status); !reason.empty()) {
    absl::StrAppend(&line, " (", reason, ")");
  }
  if (const absl::Duration delay = RetryDelayOf(status); delay > absl::ZeroDuration()) {
    absl::StrAppend(&line, " (retry in ", absl::FormatDuration(delay), ")");
  }
  return absl::StrReplaceAll(line, {{"\n", " "}, {"\r", " "}});
}

int Session::Fail(const absl::Status& status) const {
  env.err << ErrorLine(status) << "\n";
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitService;
}

int Session::FailUsage(absl::string_view message) const {
  env.err << absl::StrCat("error: ", message, "\n");
  return kExitUsage;
}

int Session::FailRejected(const FieldError& error) const {
  env.err << ToText(error) << "\n";
  return kExitRejected;
}

}  // namespace repatriation
