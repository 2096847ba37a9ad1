// Values as text in files that people read and programs compare or sign.
//
// A reader takes no more forms than it must; whether the text is the one that a
// writer writes, who wants to know finds out by writing the value again.
//
// Thread-safety: all functions are pure.
#ifndef COMMON_BASE_EXACT_TEXT_H_
#define COMMON_BASE_EXACT_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace repatriation {

// Sets `out` to the `bytes` bytes that `text` is the hexadecimal digits of; see
// Hex() for the way back. False if it is not.
bool ParseHex(absl::string_view text, size_t bytes, std::string& out);

// "2023-12-31T23:59:59.123000Z": RFC 3339, UTC, with six digits of a second.
std::string MicrosecondText(absl::Time time);
// False if `text` is no such time.
bool ParseMicrosecondText(absl::string_view text, absl::Time& time);

}  // namespace repatriation

#endif  // COMMON_BASE_EXACT_TEXT_H_
