// Feeds text to the parsers of untrusted text: days, country codes, enum names, and the
// UTF-8 checks, which are compared with an independent decoder.
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/text.h"
#include "common/domain/bucket.h"
#include "common/domain/country.h"
#include "common/domain/day.h"
#include "common/domain/enum_names.h"
#include "repatriation/v1/event.pb.h"
#include "tests/fuzz/check.h"

namespace repatriation {
namespace {

constexpr uint32_t kNone = 0xffffffff;

// Returns the code point at `text[i]` and advances `i`; kNone if the bytes there are not
// valid UTF-8 (RFC 3629).
uint32_t CodePointAt(absl::string_view text, size_t& i) {
  const auto byte = [&](size_t k) { return static_cast<uint8_t>(text[k]); };
  const uint8_t first = byte(i);
  const size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || i + size > text.size()) return kNone;
  uint32_t code_point = size == 1 ? first : first & (0x7f >> size);
  for (size_t k = 1; k < size; ++k) {
    if ((byte(i + k) & 0xc0) != 0x80) return kNone;
    code_point = code_point << 6 | (byte(i + k) & 0x3f);
  }
  const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code_point < smallest[size] || code_point > 0x10ffff ||
      (code_point >= 0xd800 && code_point <= 0xdfff)) {
    return kNone;
  }
  i += size;
  return code_point;
}

bool IsUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (CodePointAt(text, i) == kNone) return false;
  }
  return true;
}

void TryDay(absl::string_view text) {
  const auto day = ParseDay(text);
  if (!day.has_value()) return;
  FUZZ_CHECK(FormatDay(*day) == text, "a day is canonical");
  for (const auto bucket : {v1::BUCKET_DAY, v1::BUCKET_WEEK, v1::BUCKET_MONTH}) {
    const DayNumber start = BucketStart(*day, bucket);
    FUZZ_CHECK(start <= *day && *day - start < 31, "a bucket contains its day");
    FUZZ_CHECK(BucketStart(start, bucket) == start, "a bucket begins with its first day");
  }
}

void TryText(absl::string_view text) {
  const bool utf8 = IsUtf8(text);
  FUZZ_CHECK(IsValidUtf8(text) == utf8, "UTF-8");
  FUZZ_CHECK(utf8 || HasControlCharacter(text), "HasControlCharacter() for invalid UTF-8");
  const std::string quoted = Quoted(text);
  FUZZ_CHECK(IsUtf8(quoted) && !HasControlCharacter(quoted), "quoted text is printable");
  // At most 64 bytes of the text, each of which may be escaped as \xNN.
  FUZZ_CHECK(quoted.size() <= 2 + 3 + 4 * 64, "quoted text is short");
  if (!HasControlCharacter(text) && text.size() <= 64) {
    FUZZ_CHECK(quoted == absl::StrCat("\"", text, "\""), "short plain text is unchanged");
  }
}

void TryNames(absl::string_view text) {
  if (const auto category = ParseEnumName<v1::Category>(text); category.has_value()) {
    FUZZ_CHECK(EnumName(*category) == text, "a category name is canonical");
  }
  if (IsCountryCode(text)) {
    FUZZ_CHECK(text.size() == 3, "a country code has three letters");
    for (const char c : text) FUZZ_CHECK(c >= 'A' && c <= 'Z', "a country code is in upper case");
  }
}

}  // namespace
}  // namespace repatriation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  repatriation::TryDay(text);
  repatriation::TryText(text);
  repatriation::TryNames(text);
  return 0;
}
