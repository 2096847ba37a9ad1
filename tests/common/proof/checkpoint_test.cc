#include "common/proof/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/errors.h"
#include "common/proof/signed_note.h"
#include "tests/common/testing/signing_keys.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Checkpoint ACheckpoint() {
  Checkpoint checkpoint;
  checkpoint.ledger_id = LedgerId::FromBytes("sixteen bytes id");
  checkpoint.tail = {123'456, 1'695'277'800'000'000, Sha256("block")};
  checkpoint.issued = absl::FromUnixMicros(1'700'000'000'123'456);
  return checkpoint;
}

TEST(CheckpointTest, RoundTripsThroughItsNote) {
  const auto opened =
      OpenCheckpoint(SignCheckpoint(ACheckpoint(), AKey('k')), AKey('k').public_key());
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(*opened, ACheckpoint());
}

TEST(CheckpointTest, IsOpenedOnlyWithAValidSignature) {
  const std::string note = SignCheckpoint(ACheckpoint(), AKey('k'));
  EXPECT_EQ(ReasonOf(OpenCheckpoint(note, AKey('o').public_key()).status()), "NOT_SIGNED_BY_KEY");
  const std::string altered = absl::StrReplaceAll(note, {{"position 123456", "position 123457"}});
  EXPECT_EQ(ReasonOf(OpenCheckpoint(altered, AKey('k').public_key()).status()),
            "SIGNATURE_MISMATCH");
  EXPECT_THAT(OpenCheckpoint("position 7", AKey('k').public_key()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  // Validly signed, but not a checkpoint.
  const std::string other = FormatNote(SignNote("hello\n", "name", AKey('k')));
  EXPECT_THAT(OpenCheckpoint(other, AKey('k').public_key()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("checkpoint v1")));
}

TEST(CheckpointTest, ParsesOnlyTheCanonicalText) {
  const std::string good = CheckpointText(ACheckpoint());
  ASSERT_THAT(ParseCheckpointText(good), IsOk());
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"v1", "v2"},
      {"ledger 7369", "ledger 736"},
      {"ledger 7369", "ledger 73zz"},
      {"ledger 73697874", "ledger 7369787400"},
      {"position 123456", "position 0"},
      {"position 123456", "position -1"},
      {"position 123456", "position +123456"},
      {"position 123456", "position 0123456"},
      {"position 123456", "position 99999999999999999999"},
      {"position 123456", "position"},
      {"hash ", "hash  "},
      {"hash ", "hash 00"},
      {"06:30:00.000000Z", "06:30:00Z"},
      {"06:30:00.000000Z", "06:30:00.000000+00:00"},
      {"06:30:00.000000Z", "06:30:60.000000Z"},
      {"issued 20", "issued 19"},  // before the recorded time, but well-formed
      {"\nissued", "\nsigned"},
      {"issued", "more lines\nissued"},
  };
  for (const auto& [from, to] : changes) {
    const std::string changed = absl::StrReplaceAll(good, {{from, to}});
    ASSERT_NE(changed, good) << from;
    if (from == "issued 20") {
      EXPECT_THAT(ParseCheckpointText(changed), IsOk());
    } else {
      EXPECT_THAT(ParseCheckpointText(changed), StatusIs(absl::StatusCode::kInvalidArgument))
          << changed;
    }
  }
  EXPECT_THAT(ParseCheckpointText(absl::StrCat(good, "\n")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseCheckpointText(good.substr(0, good.size() - 1)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  std::string upper = good;
  upper[upper.find("hash ") + 5 + good.substr(good.find("hash ") + 5).find_first_of("abcdef")] ^=
      0x20;
  EXPECT_THAT(ParseCheckpointText(upper), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CheckpointTest, AcceptsALedgerWithThatHistory) {
  const Checkpoint checkpoint = ACheckpoint();
  EXPECT_THAT(CheckEvidence(checkpoint, {checkpoint.ledger_id, 123'456, checkpoint.tail}), IsOk());
  // The ledger has grown since.
  EXPECT_THAT(CheckEvidence(checkpoint, {checkpoint.ledger_id, 200'000, checkpoint.tail}), IsOk());
}

TEST(CheckpointTest, RejectsALedgerWithAnotherHistory) {
  const Checkpoint checkpoint = ACheckpoint();
  const auto refuses = [&](const LedgerEvidence& ledger, absl::string_view reason, auto matcher) {
    const absl::Status status = CheckEvidence(checkpoint, ledger);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, matcher));
    EXPECT_EQ(ReasonOf(status), reason);
  };
  const LedgerId other = LedgerId::FromBytes("another sixteen!");
  refuses({other, 200'000, checkpoint.tail}, "LEDGER_ID_MISMATCH", HasSubstr(other.ToString()));
  refuses({checkpoint.ledger_id, 123'000, {}}, "LEDGER_ENDS_BEFORE_CHECKPOINT",
          AllOf(HasSubstr("123456"), HasSubstr("123000")));
  LedgerTail changed = checkpoint.tail;
  changed.hash = Sha256("another block");
  refuses({checkpoint.ledger_id, 200'000, changed}, "HASH_MISMATCH",
          AllOf(HasSubstr("123456"), HasSubstr(Hex(changed.hash))));
  LedgerTail longer = checkpoint.tail;
  longer.position = 123'460;
  refuses({checkpoint.ledger_id, 200'000, longer}, "HASH_MISMATCH", HasSubstr("end of a block"));
}

TEST(CheckpointTest, ReadsEvidenceFromAResponse) {
  const Checkpoint checkpoint = ACheckpoint();
  v1::GetLedgerHashResponse answer;
  answer.set_ledger_id(checkpoint.ledger_id.ToString());
  answer.set_position(checkpoint.tail.position);
  answer.set_hash(Hex(checkpoint.tail.hash));
  answer.set_last_position(200'000);
  const auto evidence = EvidenceFrom(answer);
  ASSERT_THAT(evidence, IsOk());
  EXPECT_THAT(CheckEvidence(checkpoint, *evidence), IsOk());
  answer.set_last_position(123'000);
  EXPECT_EQ(ReasonOf(CheckEvidence(checkpoint, EvidenceFrom(answer).value())),
            "LEDGER_ENDS_BEFORE_CHECKPOINT");
  v1::GetLedgerHashResponse bad = answer;
  bad.set_hash("12");
  EXPECT_THAT(EvidenceFrom(bad), StatusIs(absl::StatusCode::kInternal));
  bad = answer;
  bad.set_ledger_id(std::string(32, 'x'));
  EXPECT_THAT(EvidenceFrom(bad), StatusIs(absl::StatusCode::kInternal));
  answer.set_ledger_id("");
  EXPECT_TRUE(EvidenceFrom(answer).value().ledger_id.empty());
}

TEST(CheckpointTest, FileNamesSortByPosition) {
  const LedgerId id = LedgerId::FromBytes("sixteen bytes id");
  EXPECT_EQ(CheckpointFileName(id, 7),
            "7369787465656e206279746573206964-00000000000000000007.checkpoint");
  EXPECT_LT(CheckpointFileName(id, 9), CheckpointFileName(id, 10));
}

}  // namespace
}  // namespace repatriation
