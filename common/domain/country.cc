#include "common/domain/country.h"

#include <bitset>
#include <cstdint>
#include <iterator>

namespace repatriation {
namespace {

constexpr absl::string_view kCodes[] = {
#include "country_table.inc"
};
static_assert(std::size(kCodes) > 249, "ISO 3166-1 alone has 249 codes");

constexpr size_t kLetters = 26;
using CodeSet = std::bitset<kLetters * kLetters * kLetters>;

// Three letters A to Z as a base-26 number; SIZE_MAX for anything else.
size_t NumberOf(absl::string_view code) {
  size_t number = 0;
  for (const char c : code) {
    const auto letter = static_cast<unsigned char>(c - 'A');
    if (letter >= kLetters) return SIZE_MAX;
    number = number * kLetters + letter;
  }
  return code.size() == 3 ? number : SIZE_MAX;
}

CodeSet MakeCodeSet() {
  CodeSet set;
  for (const absl::string_view code : kCodes) set.set(NumberOf(code));
  return set;
}

}  // namespace

bool IsCountryCode(absl::string_view code) {
  // A bit set, since this is called for every event.
  static const CodeSet codes = MakeCodeSet();
  const size_t number = NumberOf(code);
  return number < codes.size() && codes[number];
}

}  // namespace repatriation
