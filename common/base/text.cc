#include "common/base/text.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace repatriation {
namespace {

constexpr utf8proc_int32_t kNotUtf8 = -1;

// Removes and returns the first code point; kNotUtf8, removing one byte, if it is invalid.
utf8proc_int32_t TakeCodePoint(absl::string_view& text) {
  utf8proc_int32_t code_point = kNotUtf8;
  const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &code_point);
  text.remove_prefix(length > 0 ? static_cast<size_t>(length) : 1);
  return length > 0 ? code_point : kNotUtf8;
}

bool IsControl(utf8proc_int32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

// Whether any of the eight bytes in `word` is not a printable ASCII character. A byte
// below 0x20 borrows into its own highest bit; 0x7f carries into it.
bool HasNonPrintable(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  return ((word | ((word - 0x20 * kOnes) & ~word) | (word + kOnes)) & (0x80 * kOnes)) != 0;
}

template <typename Word>
Word Load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// The common case, checked eight bytes at a time.
bool IsPrintableAscii(absl::string_view text) {
  const char* const bytes = text.data();
  const size_t size = text.size();
  if (size >= 8) {
    bool other = HasNonPrintable(Load<uint64_t>(bytes + size - 8));
    for (size_t i = 0; i + 8 < size; i += 8) other |= HasNonPrintable(Load<uint64_t>(bytes + i));
    return !other;
  }
  if (size >= 4) {
    return !HasNonPrintable(Load<uint32_t>(bytes) | uint64_t{Load<uint32_t>(bytes + size - 4)}
                                                        << 32);
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c - 0x20) > 0x7e - 0x20) return false;
  }
  return true;
}

bool IsWhiteSpace(utf8proc_int32_t c) {
  if (c == kNotUtf8) return false;
  if (c < 0x80) return absl::ascii_isspace(static_cast<unsigned char>(c));
  const utf8proc_category_t category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

}  // namespace

bool IsValidUtf8(absl::string_view text) {
  if (IsPrintableAscii(text)) return true;
  while (!text.empty()) {
    if (TakeCodePoint(text) == kNotUtf8) return false;
  }
  return true;
}

bool HasControlCharacter(absl::string_view text) {
  if (IsPrintableAscii(text)) return false;
  while (!text.empty()) {
    if (IsControl(TakeCodePoint(text))) return true;
  }
  return false;
}

bool HasOuterWhiteSpace(absl::string_view text) {
  if (text.empty()) return false;
  absl::string_view rest = text;
  if (IsWhiteSpace(TakeCodePoint(rest))) return true;
  // The last code point begins at the last byte that is no continuation byte.
  size_t last = text.size() - 1;
  while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80) --last;
  rest = text.substr(last);
  return IsWhiteSpace(TakeCodePoint(rest));
}

bool IsPlainText(absl::string_view text) {
  return IsPrintableAscii(text) && (text.empty() || (text.front() != ' ' && text.back() != ' '));
}

std::string Quoted(absl::string_view text, size_t bytes_max) {
  std::string quoted = "\"";
  while (!text.empty()) {
    absl::string_view rest = text;
    const bool plain = !IsControl(TakeCodePoint(rest));
    const absl::string_view code_point = text.substr(0, text.size() - rest.size());
    if (code_point.size() > bytes_max) break;
    bytes_max -= code_point.size();
    text = rest;
    for (const char c : code_point) {
      if (plain) {
        quoted.push_back(c);
      } else {
        absl::StrAppend(&quoted, absl::StrFormat("\\x%02x", static_cast<unsigned char>(c)));
      }
    }
  }
  return absl::StrCat(quoted, text.empty() ? "\"" : "...\"");
}

}  // namespace repatriation
