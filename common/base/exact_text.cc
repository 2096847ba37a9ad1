#include "common/base/exact_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace repatriation {
namespace {

constexpr absl::string_view kTimeFormat = "%Y-%m-%dT%H:%M:%E6SZ";

}  // namespace

bool ParseHex(absl::string_view text, size_t bytes, std::string& out) {
  if (text.size() != 2 * bytes || !std::all_of(text.begin(), text.end(), absl::ascii_isxdigit)) {
    return false;
  }
  out = absl::HexStringToBytes(text);
  return true;
}

std::string MicrosecondText(absl::Time time) {
  return absl::FormatTime(kTimeFormat, time, absl::UTCTimeZone());
}

bool ParseMicrosecondText(absl::string_view text, absl::Time& time) {
  return absl::ParseTime(kTimeFormat, text, absl::UTCTimeZone(), &time, nullptr);
}

}  // namespace repatriation
