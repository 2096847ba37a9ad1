#include "tools/repatctl/output/tables.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <limits>

namespace repatriation {
namespace {

TEST(DisplayWidth, CountsTerminalColumns) {
  EXPECT_EQ(DisplayWidth(""), 0);
  EXPECT_EQ(DisplayWidth("Gao"), 3);
  EXPECT_EQ(DisplayWidth("Sévaré"), 6);
  EXPECT_EQ(DisplayWidth("Se\xcc\x81vare\xcc\x81"), 6) << "combining accents take no column";
  EXPECT_EQ(DisplayWidth("加奥"), 4) << "wide characters take two";
  EXPECT_EQ(DisplayWidth("a\xff"), 2);
}

TEST(WithThousands, SeparatesGroupsOfThree) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1000), "1,000");
  EXPECT_EQ(WithThousands(3276), "3,276");
  EXPECT_EQ(WithThousands(1234567), "1,234,567");
  EXPECT_EQ(WithThousands(-1), "-1");
  EXPECT_EQ(WithThousands(-999), "-999");
  EXPECT_EQ(WithThousands(-1234), "-1,234");
  EXPECT_EQ(WithThousands(std::numeric_limits<int64_t>::max()), "9,223,372,036,854,775,807");
  EXPECT_EQ(WithThousands(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Table, AlignsByDisplayWidth) {
  Table table;
  table.AddColumn("site", Align::kLeft);
  table.AddColumn("headcount", Align::kRight);
  table.AddRow({"Sévaré", "1,234"});
  table.AddRow({"加奥", "5"});
  table.AddRow({"Mopti"});
  EXPECT_EQ(table.Render(),
            "site    headcount\n"
            "Sévaré      1,234\n"
            "加奥            5\n"
            "Mopti\n");
  EXPECT_EQ(table.width(), 17);
}

TEST(Table, ColumnsMayAddRows) {
  Table table;
  table.AddColumn("a", Align::kLeft, {"1", "2"});
  table.AddColumn("b", Align::kLeft, {"3"});
  table.AddColumn("c", Align::kLeft, {"4", "5", "6"});
  EXPECT_EQ(table.Render(), "a  b  c\n1  3  4\n2     5\n      6\n");
}

TEST(Table, ReplacesControlCharacters) {
  Table table;
  table.AddColumn("a", Align::kLeft);
  table.AddRow({"x\x1b[2Jy\n"});
  EXPECT_EQ(table.Render(), "a\nx\xef\xbf\xbd[2Jy\xef\xbf\xbd\n");
}

TEST(Table, WithoutColumnsIsAnEmptyLine) { EXPECT_EQ(Table().Render(), "\n"); }

}  // namespace
}  // namespace repatriation
