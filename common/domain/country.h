// Contributing countries by ISO 3166-1 alpha-3 code, including the former codes
// of ISO 3166-3 since old records use them.
//
// Source: Debian's iso-codes package at build time. Thread-safety: pure.
#ifndef COMMON_DOMAIN_COUNTRY_H_
#define COMMON_DOMAIN_COUNTRY_H_

#include "absl/strings/string_view.h"

namespace repatriation {

// True for a current or former code, in upper case ("SEN").
bool IsCountryCode(absl::string_view code);

}  // namespace repatriation

#endif  // COMMON_DOMAIN_COUNTRY_H_
