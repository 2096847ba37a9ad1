// Values as text in files that people read and programs compare or sign.
//
// Parsing is strict, but does not guarantee that the text is canonical: to check
// that, format the parsed value and compare.
//
// Thread-safety: all functions are pure.
#ifndef COMMON_BASE_EXACT_TEXT_H_
#define COMMON_BASE_EXACT_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace repatriation {

// Decodes exactly `bytes` bytes from hexadecimal digits into `out`; the inverse of
// Hex(). False if `text` is malformed.
bool ParseHex(absl::string_view text, size_t bytes, std::string& out);

// "2023-12-31T23:59:59.123000Z": RFC 3339, UTC, with six fractional digits.
std::string MicrosecondText(absl::Time time);
// False if `text` does not have this form.
bool ParseMicrosecondText(absl::string_view text, absl::Time& time);

}  // namespace repatriation

#endif  // COMMON_BASE_EXACT_TEXT_H_
