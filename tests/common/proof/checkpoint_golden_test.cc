// Checks the code against the worked example, which is read from CHECKPOINT.md. It was
// signed with the openssl command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/proof/checkpoint.h"
#include "tests/common/testing/status_matchers.h"
#include "tests/common/testing/store_files.h"
#include "tests/common/testing/temp_dir.h"

namespace repatriation {
namespace {

// The code block named `name`.
std::string Example(const std::string& name) {
  const std::string page = FileContent(REPAT_CHECKPOINT_MD);
  const std::string opening = absl::StrCat("\n```", name, "\n");
  const size_t begin = page.find(opening);
  EXPECT_NE(begin, std::string::npos) << name;
  const size_t end = page.find("\n```\n", begin + opening.size());
  return page.substr(begin + opening.size(), end + 1 - begin - opening.size());
}

Checkpoint ExampleCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.ledger_id =
      LedgerId::FromBytes(absl::HexStringToBytes("00112233445566778899aabbccddeeff"));
  checkpoint.tail.position = 7;
  checkpoint.tail.recorded_time_us = 1'695'277'800'000'001;
  const std::string hash =
      absl::HexStringToBytes("aa73f1e6b26f92438d64966ecf6094168e102db46a5c26690b7a497c4196f599");
  std::copy(hash.begin(), hash.end(), checkpoint.tail.hash.begin());
  checkpoint.issued = absl::FromCivil(absl::CivilSecond(2023, 9, 22, 0, 0, 0), absl::UTCTimeZone());
  return checkpoint;
}

class CheckpointGoldenTest : public ::testing::Test {
 protected:
  std::string FileWith(const std::string& name) {
    const std::string path = dir_.Path(name);
    WriteFile(path, Example(name));
    EXPECT_EQ(::chmod(path.c_str(), 0400), 0);
    return path;
  }

  const TempDir dir_;
};

TEST_F(CheckpointGoldenTest, SignsTheExample) {
  const auto key = Ed25519PrivateKey::ReadFile(FileWith("private_key"));
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(SignCheckpoint(ExampleCheckpoint(), *key), Example("note"));
}

TEST_F(CheckpointGoldenTest, OpensTheExample) {
  const auto key = Ed25519PublicKey::ReadFile(FileWith("public_key"));
  ASSERT_THAT(key, IsOk());
  const auto checkpoint = OpenCheckpoint(Example("note"), *key);
  ASSERT_THAT(checkpoint, IsOk());
  EXPECT_EQ(*checkpoint, ExampleCheckpoint());
}

}  // namespace
}  // namespace repatriation
