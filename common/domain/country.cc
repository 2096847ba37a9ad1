#include "common/domain/country.h"

#include <algorithm>
#include <iterator>

namespace repatriation {
namespace {

constexpr absl::string_view kCodes[] = {
#include "country_table.inc"
};
static_assert(std::size(kCodes) > 249, "ISO 3166-1 alone holds 249 codes");

}  // namespace

bool IsCountryCode(absl::string_view code) {
  return std::binary_search(std::begin(kCodes), std::end(kCodes), code);
}

}  // namespace repatriation
