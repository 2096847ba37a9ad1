#include "common/domain/country.h"

#include <gtest/gtest.h>

#include <string>

namespace repatriation {
namespace {

TEST(CountryTest, CurrentCodes) {
  // The first and the last of the list, and contributors to MINUSMA.
  for (const char* code : {"ABW", "ZWE", "SEN", "TCD", "BFA", "BGD", "TGO", "DEU", "CIV", "EGY",
                           "GBR", "SSD", "SRB", "MNE", "COD"}) {
    EXPECT_TRUE(IsCountryCode(code)) << code;
  }
}

TEST(CountryTest, FormerCodes) {
  for (const char* code :
       {"YUG", "SCG", "CSK", "DDR", "SUN", "ZAR", "BUR", "ANT", "HVO", "DHY", "YMD", "TMP"}) {
    EXPECT_TRUE(IsCountryCode(code)) << code;
  }
}

TEST(CountryTest, RejectsEverythingElse) {
  for (const char* code : {"", "S", "SE", "SN", "sen", "Sen", "SENE", " SEN", "SEN ", "XXX", "AAA",
                           "ZZZ", "EUR", "UNO", "686", "S\xc3\xa9n"}) {
    EXPECT_FALSE(IsCountryCode(code)) << code;
  }
  EXPECT_FALSE(IsCountryCode(absl::string_view("SEN\0", 4)));
}

TEST(CountryTest, NumberOfCodesMatchesTheStandards) {
  int count = 0;
  std::string code = "AAA";
  for (code[0] = 'A'; code[0] <= 'Z'; ++code[0]) {
    for (code[1] = 'A'; code[1] <= 'Z'; ++code[1]) {
      for (code[2] = 'A'; code[2] <= 'Z'; ++code[2]) count += IsCountryCode(code);
    }
  }
  // ISO 3166-1 has 249; ISO 3166-3 adds the former codes that were not reassigned
  // to another country.
  EXPECT_GE(count, 249 + 20);
  EXPECT_LE(count, 249 + 40);
}

}  // namespace
}  // namespace repatriation
