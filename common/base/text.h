// Checks on untrusted text.
//
// Thread-safety: all functions are pure.
#ifndef COMMON_BASE_TEXT_H_
#define COMMON_BASE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace repatriation {

// True if `text` is well-formed UTF-8 (no overlong form, no surrogate).
bool IsValidUtf8(absl::string_view text);

// True if `text` holds a control character: C0, DEL, C1 (U+0080 to U+009F),
// U+2028, U+2029, or a bidirectional formatting character (U+202A to U+202E,
// U+2066 to U+2069), which can make two different texts look alike. Also true if
// `text` is not valid UTF-8.
bool HasControlCharacter(absl::string_view text);

// True if `text` begins or ends with white space: ASCII, or a Unicode separator
// (categories Zs, Zl, Zp) such as the no-break space that spreadsheets leave
// behind.
bool HasOuterWhiteSpace(absl::string_view text);

// True if `text` is printable ASCII and neither begins nor ends with a space, as
// most text is: then it passes the three checks above.
bool IsPlainText(absl::string_view text);

// `text` for an error message: at most `bytes_max` bytes of it, control
// characters and bytes that are not UTF-8 as \xNN, in double quotes.
std::string Quoted(absl::string_view text, size_t bytes_max = 64);

}  // namespace repatriation

#endif  // COMMON_BASE_TEXT_H_
