#include "common/base/crypto/sha256_stream.h"

#include <gtest/gtest.h>

namespace repatriation {
namespace {

TEST(Sha256StreamTest, MatchesTheDigestOfTheConcatenation) {
  EXPECT_EQ(Hex(Sha256Stream().Finish()), Sha256Hex(""));
  Sha256Stream stream;
  for (const char* piece : {"ab", "", "c"}) stream.Add(piece);
  EXPECT_EQ(Hex(stream.Finish()), Sha256Hex("abc"));
}

}  // namespace
}  // namespace repatriation
