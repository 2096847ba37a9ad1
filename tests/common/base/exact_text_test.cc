#include "common/base/exact_text.h"

#include <gtest/gtest.h>

#include "common/base/crypto/sha256.h"

namespace repatriation {
namespace {

TEST(ExactTextTest, HexRoundTrips) {
  const std::string bytes("\x00\x7f\x80\xff", 4);
  std::string read;
  EXPECT_TRUE(ParseHex(Hex(bytes), bytes.size(), read));
  EXPECT_EQ(read, bytes);
  for (const char* bad : {"", "00", "007f80f", "007f80ff00", "007f80fg", " 07f80ff", "0x7f80ff"}) {
    EXPECT_FALSE(ParseHex(bad, bytes.size(), read)) << bad;
  }
  EXPECT_TRUE(ParseHex("", 0, read));
}

TEST(ExactTextTest, TimesRoundTrip) {
  const absl::Time time = absl::FromUnixMicros(1'704'067'199'123'000);
  EXPECT_EQ(MicrosecondText(time), "2023-12-31T23:59:59.123000Z");
  absl::Time read;
  EXPECT_TRUE(ParseMicrosecondText("2023-12-31T23:59:59.123000Z", read));
  EXPECT_EQ(read, time);
  for (const char* bad : {"", "2023-12-31", "2023-12-31T23:59:59.123000", "2023-13-31T00:00:00Z",
                          "2023-12-31 23:59:59.123000Z", "2023-12-31T23:59:59.123000+01:00"}) {
    EXPECT_FALSE(ParseMicrosecondText(bad, read)) << bad;
  }
}

}  // namespace
}  // namespace repatriation
