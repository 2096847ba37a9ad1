#include "common/ledger/ledger_id.h"

#include <gtest/gtest.h>

namespace repatriation {
namespace {

TEST(LedgerIdTest, TheDefaultIsNoLedger) {
  EXPECT_TRUE(LedgerId().empty());
  EXPECT_EQ(LedgerId().ToString(), "");
  EXPECT_EQ(LedgerId().bytes(), absl::string_view(std::string(16, '\0')));
}

TEST(LedgerIdTest, ToStringIs32HexadecimalDigits) {
  const LedgerId id =
      LedgerId::FromBytes(absl::string_view("\0\1\2\3\4\5\6\7\x88\x99zzzz\xfe\xff", 16));
  EXPECT_FALSE(id.empty());
  EXPECT_EQ(id.ToString(), "000102030405060788997a7a7a7afeff");
  EXPECT_EQ(LedgerId::FromBytes(id.bytes()), id);
}

TEST(LedgerIdTest, RandomIdsDiffer) {
  const LedgerId id = LedgerId::Random();
  EXPECT_FALSE(id.empty());
  EXPECT_NE(id, LedgerId::Random());
}

}  // namespace
}  // namespace repatriation
