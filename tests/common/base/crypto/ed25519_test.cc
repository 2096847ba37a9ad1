#include "common/base/crypto/ed25519.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "absl/strings/escaping.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// RFC 8032, section 7.1: tests 1, 2, 3 and "SHA(abc)".
struct Vector {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "b"
     "bd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
     "0"
     "303dca179c138ac17ad9bef1177331a704"},
};

TEST(Ed25519Test, MatchesTheRfc8032TestVectors) {
  for (const Vector& vector : kVectors) {
    SCOPED_TRACE(vector.seed);
    const std::string message = absl::HexStringToBytes(vector.message);
    const std::string signature = absl::HexStringToBytes(vector.signature);
    const auto key = Ed25519PrivateKey::FromSeed(absl::HexStringToBytes(vector.seed));
    EXPECT_EQ(absl::BytesToHexString(key.public_key().bytes()), vector.public_key);
    EXPECT_EQ(absl::BytesToHexString(key.Sign(message)), vector.signature);
    EXPECT_TRUE(key.public_key().Verifies(message, signature));
  }
}

TEST(Ed25519Test, RejectsAlteredMessagesAndSignatures) {
  const auto key = Ed25519PrivateKey::FromSeed(std::string(32, 'k'));
  const std::string message = "position 7";
  const std::string signature = key.Sign(message);
  EXPECT_FALSE(key.public_key().Verifies("position 8", signature));
  EXPECT_FALSE(key.public_key().Verifies("", signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    std::string altered = signature;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(key.public_key().Verifies(message, altered)) << i;
  }
  EXPECT_FALSE(key.public_key().Verifies(message, signature.substr(1)));
  EXPECT_FALSE(key.public_key().Verifies(message, ""));
  const auto other = Ed25519PrivateKey::FromSeed(std::string(32, 'o'));
  EXPECT_FALSE(other.public_key().Verifies(message, signature));
}

class Ed25519FileTest : public ::testing::Test {
 protected:
  // As `openssl genpkey -algorithm ed25519 -outform PEM` writes the key of
  // RFC 8032's first test, and `openssl pkey -pubout` its public key.
  static constexpr char kPrivatePem[] =
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
      "-----END PRIVATE KEY-----\n";
  static constexpr char kPublicPem[] =
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
      "-----END PUBLIC KEY-----\n";

  std::string Write(const std::string& text, mode_t mode) {
    const std::string path = dir_.Path("key.pem");
    WriteFile(path, text);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  const TempDir dir_;
};

TEST_F(Ed25519FileTest, ReadsWhatOpensslWrites) {
  for (const mode_t mode : {0400, 0600, 0440, 0640}) {
    const auto key = Ed25519PrivateKey::ReadFile(Write(kPrivatePem, mode));
    ASSERT_THAT(key, IsOk()) << mode;
    EXPECT_EQ(absl::BytesToHexString(key->Sign("")), kVectors[0].signature);
  }
  const auto key = Ed25519PublicKey::ReadFile(Write(kPublicPem, 0644));
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(absl::BytesToHexString(key->bytes()), kVectors[0].public_key);
}

TEST_F(Ed25519FileTest, RejectsAPrivateKeyFileWithOpenPermissions) {
  for (const mode_t mode : {0404, 0644, 0402, 0401, 0660}) {
    const std::string path = Write(kPrivatePem, mode);
    EXPECT_THAT(Ed25519PrivateKey::ReadFile(path),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         AllOf(HasSubstr(path), HasSubstr("too open"), HasSubstr("chmod"))))
        << mode;
  }
}

TEST_F(Ed25519FileTest, RejectsFilesWithoutAKey) {
  // A key of another algorithm, X25519.
  const std::string other =
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n"
      "-----END PRIVATE KEY-----\n";
  for (const std::string& text : {std::string(kPublicPem), std::string("no key"), std::string(),
                                  other, std::string(kPrivatePem).substr(0, 60)}) {
    const std::string path = Write(text, 0400);
    EXPECT_THAT(Ed25519PrivateKey::ReadFile(path),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(path)))
        << text;
  }
  EXPECT_THAT(Ed25519PublicKey::ReadFile(Write(kPrivatePem, 0400)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("does not contain an Ed25519 public key")));
  EXPECT_THAT(Ed25519PublicKey::ReadFile(dir_.Path("missing")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(dir_.Path("missing"))));
  EXPECT_THAT(Ed25519PrivateKey::ReadFile(dir_.Path("missing")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(dir_.Path("missing"))));
}

}  // namespace
}  // namespace repatriation
