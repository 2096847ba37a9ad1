#include "common/proof/signed_note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/errors.h"
#include "tests/common/testing/signing_keys.h"
#include "tests/common/testing/status_matchers.h"

namespace repatriation {
namespace {

using ::testing::HasSubstr;

// The example of Go's golang.org/x/mod/sumdb/note. The keys are base64 with their type
// byte.
constexpr char kGoSeed[] = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr char kGoKey[] = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr char kGoText[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr char kGoSignature[] =
    "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n";

std::string KeyBytes(absl::string_view base64) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(base64, &bytes));
  return bytes.substr(1);
}

TEST(SignedNoteTest, SignsLikeGo) {
  const auto key = Ed25519PrivateKey::FromSeed(KeyBytes(kGoSeed));
  EXPECT_EQ(FormatNote(SignNote(kGoText, "PeterNeumann", key)),
            absl::StrCat(kGoText, "\n", kGoSignature));
}

TEST(SignedNoteTest, ReadsANoteSignedByGo) {
  const auto note = ParseNote(absl::StrCat(kGoText, "\n", kGoSignature));
  ASSERT_THAT(note, IsOk());
  EXPECT_EQ(note->text, kGoText);
  ASSERT_EQ(note->signatures.size(), 1u);
  EXPECT_EQ(note->signatures[0].key_name, "PeterNeumann");
  EXPECT_THAT(CheckSignature(*note, Ed25519PublicKey::FromBytes(KeyBytes(kGoKey))), IsOk());
}

TEST(SignedNoteTest, TextMayContainBlankLines) {
  const std::string text = "one\n\ntwo\n";
  const auto note = ParseNote(FormatNote(SignNote(text, "name", AKey('k'))));
  ASSERT_THAT(note, IsOk());
  EXPECT_EQ(note->text, text);
  EXPECT_THAT(CheckSignature(*note, AKey('k').public_key()), IsOk());
}

TEST(SignedNoteTest, OneOfSeveralSignaturesIsEnough) {
  const std::string text = "text\n";
  SignedNote note = SignNote(text, "ledger", AKey('k'));
  note.signatures.insert(note.signatures.begin(),
                         SignNote(text, "witness", AKey('w')).signatures[0]);
  // Of an unknown type.
  note.signatures.push_back({"future", std::string("\1\2\3\4 and more")});
  const auto parsed = ParseNote(FormatNote(note));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->signatures.size(), 3u);
  EXPECT_THAT(CheckSignature(*parsed, AKey('k').public_key()), IsOk());
  EXPECT_THAT(CheckSignature(*parsed, AKey('w').public_key()), IsOk());
  EXPECT_EQ(ReasonOf(CheckSignature(*parsed, AKey('o').public_key())), "NOT_SIGNED_BY_KEY");
}

TEST(SignedNoteTest, DistinguishesAnAlteredTextFromAnotherKey) {
  const SignedNote note = SignNote("position 7\n", "name", AKey('k'));
  SignedNote altered = note;
  altered.text = "position 8\n";
  EXPECT_EQ(ReasonOf(CheckSignature(altered, AKey('k').public_key())), "SIGNATURE_MISMATCH");
  altered = note;
  altered.signatures[0].bytes.back() ^= 1;
  EXPECT_EQ(ReasonOf(CheckSignature(altered, AKey('k').public_key())), "SIGNATURE_MISMATCH");
  altered = note;
  altered.signatures[0].key_name = "another";
  EXPECT_EQ(ReasonOf(CheckSignature(altered, AKey('k').public_key())), "NOT_SIGNED_BY_KEY");
  EXPECT_EQ(ReasonOf(CheckSignature(note, AKey('o').public_key())), "NOT_SIGNED_BY_KEY");
}

TEST(SignedNoteTest, RejectsMalformedNotes) {
  const std::string good = FormatNote(SignNote("text\n", "name", AKey('k')));
  ASSERT_THAT(ParseNote(good), IsOk());
  const auto replaced = [&](absl::string_view from, absl::string_view to) {
    const std::string bad = absl::StrReplaceAll(good, {{from, to}});
    EXPECT_NE(bad, good) << from;
    return bad;
  };
  const std::string signatures = good.substr(good.find("\n\n") + 2);
  std::string many = good;
  for (size_t i = 0; i < kNoteSignaturesMax; ++i) many += signatures;
  const std::vector<std::string> bad_notes = {
      "",
      "text\n",
      "text\n\n",
      good.substr(0, good.size() - 1),                  // no newline
      good + "\n",                                      // a blank line at the end
      replaced("\n\n", "\n"),                           // none in the middle
      replaced("\xe2\x80\x94 ", "- "),                  // another dash
      replaced("\xe2\x80\x94 name ", "\xe2\x80\x94 "),  // no name
      replaced(" name ", " na+me "),
      replaced(" name ", "  "),
      replaced("=\n", "\n"),    // base64 without padding
      replaced("=\n", "=!\n"),  // no base64
      replaced("text", "te\rxt"),
      replaced("text", std::string("te\0xt", 5)),
      replaced("text", "te\xffxt"),
      absl::StrCat("text\n\n\xe2\x80\x94 name ", absl::Base64Escape("1234"),
                   "\n"),  // a key id only
      many,
      absl::StrCat(std::string(kNoteBytesMax, 'x'), good),
  };
  for (const std::string& bad : bad_notes) {
    EXPECT_THAT(ParseNote(bad),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a signed note")))
        << absl::CEscape(bad.substr(0, 200));
  }
}

}  // namespace
}  // namespace repatriation
