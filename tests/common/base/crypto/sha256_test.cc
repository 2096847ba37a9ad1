#include "common/base/crypto/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace repatriation {
namespace {

// Messages and digests: NIST's examples for FIPS 180-4.
TEST(Sha256Test, MatchesThePublishedExamples) {
  const struct {
    std::string message;
    std::string digest;
  } kCases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Sha256Hex(c.message), c.digest) << c.message.size() << " bytes";
    EXPECT_EQ(Hex(Sha256(c.message)), c.digest) << c.message.size() << " bytes";
  }
}

TEST(Sha256Test, HexIsLowerCaseAndKeepsZeros) {
  EXPECT_EQ(Hex(absl::string_view("\x00\x0f\xA0\xff", 4)), "000fa0ff");
  EXPECT_EQ(Hex(absl::string_view()), "");
}

TEST(Sha256Test, RandomBytesHaveTheRequestedSizeAndDiffer) {
  EXPECT_EQ(RandomBytes(0), "");
  EXPECT_EQ(RandomBytes(16).size(), 16u);
  EXPECT_NE(RandomBytes(16), RandomBytes(16));
}

}  // namespace
}  // namespace repatriation
