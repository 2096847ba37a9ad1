#include "common/storage/backup_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

BackupManifest Example() {
  BackupManifest manifest;
  manifest.ledger_id = LedgerId::FromBytes("sixteen bytes id");
  manifest.tail = {839, 1'704'063'538'651'656, Sha256("a block")};
  manifest.create_time = absl::FromUnixMicros(1'704'067'199'123'000);
  manifest.bytes = 73'912;
  manifest.files = {{"store/000012.sst", Sha256("a table")}, {"store/CURRENT", Sha256("current")}};
  return manifest;
}

// `text` with a recomputed digest at its end.
std::string Sealed(absl::string_view text) {
  const std::string head(text.substr(0, text.rfind("\nend ") + 1));
  return absl::StrCat(head, "end ", Sha256Hex(head), "\n");
}

TEST(BackupManifestTest, FormatMatchesTheDocumentation) {
  EXPECT_EQ(FormatBackupManifest(Example()),
            "repatriation-ledger-backup 1\n"
            "ledger_id 7369787465656e206279746573206964\n"
            "position 839\n"
            "hash 92c89d9853a2f5716d2a23633e86835afaa5d4213580dbee0844f53767d293c8\n"
            "recorded_time 2023-12-31T22:58:58.651656Z\n"
            "create_time 2023-12-31T23:59:59.123000Z\n"
            "bytes 73912\n"
            "ad875d4bcb7fa0fef5d27aadd709b8ca253b2a10d15e8283d4dc7823bf26918e  store/000012.sst\n"
            "97b0560280ed60a5a1eaa1bc45492543c8a986ad5a25b468c427eb83c3e88191  store/CURRENT\n"
            "end 728ff03579690b1ea9b4a74df023917b8de0309f74b0b5dd32c5da05b00be52f\n");
}

TEST(BackupManifestTest, RoundTrips) {
  const BackupManifest example = Example();
  const auto read = ParseBackupManifest(FormatBackupManifest(example));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->ledger_id, example.ledger_id);
  EXPECT_EQ(read->tail, example.tail);
  EXPECT_EQ(read->create_time, example.create_time);
  EXPECT_EQ(read->bytes, example.bytes);
  ASSERT_EQ(read->files.size(), 2u);
  EXPECT_EQ(read->files[1].path, "store/CURRENT");
  EXPECT_EQ(read->files[1].digest, example.files[1].digest);
}

TEST(BackupManifestTest, DetectsEveryChangedOrMissingByte) {
  const std::string text = FormatBackupManifest(Example());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_THAT(ParseBackupManifest(changed), StatusIs(absl::StatusCode::kDataLoss)) << i;
    EXPECT_THAT(ParseBackupManifest(text.substr(0, i)), StatusIs(absl::StatusCode::kDataLoss)) << i;
  }
  EXPECT_THAT(ParseBackupManifest(text + "\n"), StatusIs(absl::StatusCode::kDataLoss));
}

// Rejected even if the digest at the end was recomputed.
TEST(BackupManifestTest, RejectsNonCanonicalTextAndPathTraversal) {
  const std::string text = FormatBackupManifest(Example());
  const std::pair<absl::string_view, absl::string_view> changes[] = {
      {"store/CURRENT", "store/../CURRENT"},
      {"store/CURRENT", "/etc/passwd"},
      {"store/CURRENT", "store/"},
      {"store/CURRENT", "store/..CURRENT"},
      {"position 839", "position 0839"},
      {"position 839", "position x"},
      {"bytes 73912\n", ""},
      {"ledger_id 73", "ledger_id ZZ"},
      {"recorded_time 2023", "recorded_time 2023-13"},
      {"ledger_id", "id"},
  };
  for (const auto& [from, to] : changes) {
    const std::string changed = Sealed(absl::StrReplaceAll(text, {{from, to}}));
    ASSERT_NE(changed, text);
    EXPECT_THAT(ParseBackupManifest(changed), StatusIs(absl::StatusCode::kDataLoss)) << to;
  }
}

TEST(BackupManifestTest, ErrorNamesAnUnsupportedVersion) {
  const std::string later = Sealed(absl::StrReplaceAll(
      FormatBackupManifest(Example()), {{"ledger-backup 1\n", "ledger-backup 2\n"}}));
  EXPECT_THAT(ParseBackupManifest(later),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("version 2")));
}

}  // namespace
}  // namespace repatriation
