#include "common/domain/day.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/common/testing/random_entries.h"

namespace repatriation {
namespace {

DayNumber Day(absl::string_view text) {
  const auto day = ParseDay(text);
  EXPECT_TRUE(day.has_value()) << text;
  return day.value_or(INT32_MIN);
}

TEST(DayTest, CountsFrom1970January1) {
  const struct {
    const char* text;
    DayNumber number;
  } kCases[] = {
      {"1970-01-01", 0},       {"1970-01-02", 1},     {"1969-12-31", -1},
      {"1948-01-01", -8036},   {"2000-02-29", 11016}, {"2000-03-01", 11017},
      {"2023-09-20", 19620},   {"2024-02-29", 19782}, {"0001-01-01", -719162},
      {"9999-12-31", 2932896},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Day(c.text), c.number) << c.text;
    EXPECT_EQ(FormatDay(c.number), c.text);
  }
}

TEST(DayTest, AcceptsFebruary29OnlyInLeapYears) {
  for (const char* text : {"2024-02-29", "2000-02-29", "1948-02-29", "0004-02-29", "1600-02-29"}) {
    EXPECT_TRUE(ParseDay(text).has_value()) << text;
  }
  for (const char* text : {"2023-02-29", "1900-02-29", "2100-02-29", "1949-02-29", "2024-02-30"}) {
    EXPECT_FALSE(ParseDay(text).has_value()) << text;
  }
}

TEST(DayTest, RejectsInvalidDates) {
  for (const char* text : {"2023-00-10", "2023-13-01", "2023-01-00", "2023-01-32", "2023-04-31",
                           "2023-06-31", "2023-09-31", "2023-11-31", "0000-01-01", "2023-99-99"}) {
    EXPECT_FALSE(ParseDay(text).has_value()) << text;
  }
}

TEST(DayTest, RejectsOtherFormats) {
  for (const char* text :
       {"",           "2023",        "2023-09",       "2023-9-20",   "2023-09-2",
        "23-09-20",   "02023-09-20", "2023-09-200",   "2023-09-20 ", " 2023-09-20",
        "2023/09/20", "20230920",    "2023-0920",     "20-09-2023",  "2023-09-20T00:00",
        "+023-09-20", "-023-09-20",  "2023-+9-20",    "2023--9-20",  "2023-09- 1",
        "2023-0a-20", "202x-09-20",  "2023-09-2\xb2", "٢٠٢٣-09-20"}) {
    EXPECT_FALSE(ParseDay(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseDay(absl::string_view("2023-09-2\0", 10)).has_value());
}

TEST(DayTest, EveryDayRoundTrips) {
  for (DayNumber day = -719162; day <= 2932896; ++day) {
    const std::string text = FormatDay(day);
    const bool round_trips = ParseDay(text) == day && DayNumberOf(CivilDayOf(day)) == day;
    if (!round_trips) FAIL() << text;  // an EXPECT for each would take ten times as long
  }
}

TEST(DayTest, IntervalIsHalfOpen) {
  const DayInterval interval{.from = 10, .to = 12};
  EXPECT_FALSE(interval.Contains(9));
  EXPECT_TRUE(interval.Contains(10));
  EXPECT_TRUE(interval.Contains(11));
  EXPECT_FALSE(interval.Contains(12));
  EXPECT_TRUE(DayInterval().Contains(INT32_MIN));
  EXPECT_TRUE(DayInterval().Contains(0));
  EXPECT_TRUE(DayInterval().Contains(INT32_MAX - 1));
}

}  // namespace
}  // namespace repatriation
