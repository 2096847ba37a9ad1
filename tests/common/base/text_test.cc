#include "common/base/text.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/crypto/sha256.h"

namespace repatriation {
namespace {

TEST(TextTest, ValidUtf8) {
  const std::string kCases[] = {
      "",
      "Mopti",
      "Ménaka",
      "\u0800\uffff",
      "\U00010000\U0010ffff",
      "\ud7ff\ue000",
      std::string("\0", 1),
      "\x7f",
  };
  for (const std::string& text : kCases) EXPECT_TRUE(IsValidUtf8(text)) << Hex(text);
}

TEST(TextTest, InvalidUtf8) {
  const std::string kCases[] = {
      "\x80",              // a continuation byte first
      "\xbf",              //
      "\xc3",              // truncated
      "\xe2\x82",          //
      "\xf0\x9f\x98",      //
      "a\xc3",             //
      "\xc3(",             // no continuation byte
      "\xc0\x80",          // overlong
      "\xc1\xbf",          //
      "\xe0\x9f\xbf",      //
      "\xf0\x8f\xbf\xbf",  //
      "\xed\xa0\x80",      // surrogates
      "\xed\xbf\xbf",      //
      "\xf4\x90\x80\x80",  // beyond U+10FFFF
      "\xf5\x80\x80\x80",  //
      "\xfe",              // bytes that never occur in UTF-8
      "\xff",              //
      "Mopti\xff",         //
  };
  for (const std::string& text : kCases) {
    EXPECT_FALSE(IsValidUtf8(text)) << Hex(text);
    EXPECT_TRUE(HasControlCharacter(text)) << Hex(text);
  }
}

TEST(TextTest, ControlCharacters) {
  const std::string kControls[] = {
      std::string("\0", 1),
      "\t",
      "\n",
      "\r",
      "\x1b",
      "\x1f",
      "\x7f",
      "\u0080",
      "\u009f",
      "\u2028",
      "\u2029",
      "\u202a",
      "\u202e",
      "\u2066",
      "\u2069",
  };
  for (const std::string& control : kControls) {
    EXPECT_TRUE(HasControlCharacter(control)) << Hex(control);
    EXPECT_TRUE(HasControlCharacter("Mopti" + control)) << Hex(control);
    EXPECT_TRUE(HasControlCharacter(control + "Mopti")) << Hex(control);
  }
}

TEST(TextTest, NeighboursOfControlCharactersAreNoControlCharacters) {
  const std::string kCases[] = {"",       " ",      "~",      "\u00a0", "\u2027",
                                "\u202f", "\u2065", "\u206a", "Ménaka", "\U0001f6eb"};
  for (const std::string& text : kCases) EXPECT_FALSE(HasControlCharacter(text)) << Hex(text);
}

TEST(TextTest, QuotedLeavesPlainTextAlone) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("Ménaka"), "\"Ménaka\"");
}

TEST(TextTest, QuotedEscapesControlCharacters) {
  EXPECT_EQ(Quoted("a\nb"), "\"a\\x0ab\"");
  EXPECT_EQ(Quoted(absl::string_view("\0", 1)), "\"\\x00\"");
  EXPECT_EQ(Quoted("\u202e"), "\"\\xe2\\x80\\xae\"");
  EXPECT_EQ(Quoted("\xff\xc3"), "\"\\xff\\xc3\"");
  EXPECT_EQ(Quoted("\xc3(x"), "\"\\xc3(x\"");
}

TEST(TextTest, QuotedMarksTruncation) {
  EXPECT_EQ(Quoted("abcd", 4), "\"abcd\"");
  EXPECT_EQ(Quoted("abcde", 4), "\"abcd...\"");
  EXPECT_EQ(Quoted("abcd", 0), "\"...\"");
  EXPECT_EQ(Quoted("", 0), "\"\"");
  EXPECT_EQ(Quoted(std::string(64, 'x')), "\"" + std::string(64, 'x') + "\"");
  EXPECT_EQ(Quoted(std::string(65, 'x')), "\"" + std::string(64, 'x') + "...\"");
}

TEST(TextTest, QuotedKeepsAtMostTheBytesAllowed) {
  // The fourth byte begins a code point of two bytes, which does not fit.
  EXPECT_EQ(Quoted("abcé", 4), "\"abc...\"");
  EXPECT_EQ(Quoted("abc\U0001f6eb", 4), "\"abc...\"");
}

TEST(TextTest, QuotedNeverSplitsACodePoint) {
  const std::string text = "é\u0800\U0001f6ebé\u0800\U0001f6eb";
  for (size_t bytes_max = 0; bytes_max <= text.size() + 1; ++bytes_max) {
    EXPECT_TRUE(IsValidUtf8(Quoted(text, bytes_max))) << bytes_max;
  }
}

// Every byte at every place, for all lengths that take different code paths.
TEST(TextTest, IsPlainTextChecksEveryByte) {
  for (size_t size = 0; size <= 20; ++size) {
    EXPECT_TRUE(IsPlainText(std::string(size, 'x'))) << size;
    for (size_t place = 0; place < size; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'x');
        text[place] = static_cast<char>(byte);
        const bool outer_space = byte == ' ' && (place == 0 || place == size - 1);
        ASSERT_EQ(IsPlainText(text), byte >= 0x20 && byte < 0x7f && !outer_space)
            << byte << " at " << place << " of " << size;
        ASSERT_EQ(IsValidUtf8(text), byte < 0x80) << byte << " at " << place << " of " << size;
        ASSERT_EQ(HasControlCharacter(text), byte < 0x20 || byte >= 0x7f)
            << byte << " at " << place << " of " << size;
      }
    }
  }
}

}  // namespace
}  // namespace repatriation
