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

TEST(DayTest, CountsFromTheFirstOf1970) {
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

TEST(DayTest, The29thOfFebruaryExistsInLeapYears) {
  for (const char* text : {"2024-02-29", "2000-02-29", "1948-02-29", "0004-02-29", "1600-02-29"}) {
    EXPECT_TRUE(ParseDay(text).has_value()) << text;
  }
  for (const char* text : {"2023-02-29", "1900-02-29", "2100-02-29", "1949-02-29", "2024-02-30"}) {
    EXPECT_FALSE(ParseDay(text).has_value()) << text;
  }
}

TEST(DayTest, WhatIsNoDateIsRefused) {
  for (const char* text : {"2023-00-10", "2023-13-01", "2023-01-00", "2023-01-32", "2023-04-31",
                           "2023-06-31", "2023-09-31", "2023-11-31", "0000-01-01", "2023-99-99"}) {
    EXPECT_FALSE(ParseDay(text).has_value()) << text;
  }
}

TEST(DayTest, OtherWaysToWriteAreRefused) {
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

TEST(DayTest, EveryDayOfTheCalendarComesBack) {
  for (DayNumber day = -719162; day <= 2932896; ++day) {
    const std::string text = FormatDay(day);
    const bool comes_back = ParseDay(text) == day && DayNumberOf(CivilDayOf(day)) == day;
    if (!comes_back) FAIL() << text;  // one check each would take ten times as long
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

TEST(DayTest, WeeksBeginOnMonday) {
  const struct {
    const char* day;
    const char* monday;
  } kCases[] = {
      {"2023-09-18", "2023-09-18"},                                // a Monday
      {"2023-09-20", "2023-09-18"}, {"2023-09-24", "2023-09-18"},  // a Sunday
      {"2023-09-25", "2023-09-25"}, {"2023-12-31", "2023-12-25"},  // a Sunday
      {"2024-01-01", "2024-01-01"},                                // a Monday
      {"2024-12-31", "2024-12-30"}, {"2025-01-01", "2024-12-30"},  // ISO week 1 of 2025
      {"2020-12-31", "2020-12-28"},                                // ISO week 53
      {"2021-01-03", "2020-12-28"}, {"2021-01-04", "2021-01-04"},
      {"2024-02-29", "2024-02-26"}, {"1970-01-01", "1969-12-29"},  // a Thursday
      {"1969-12-31", "1969-12-29"}, {"1969-12-29", "1969-12-29"},
      {"1969-12-28", "1969-12-22"}, {"1948-01-01", "1947-12-29"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(FormatDay(BucketStart(Day(c.day), v1::BUCKET_WEEK)), c.monday) << c.day;
  }
}

TEST(DayTest, MonthsBeginOnTheFirst) {
  const struct {
    const char* day;
    const char* first;
  } kCases[] = {
      {"2023-09-20", "2023-09-01"}, {"2023-09-01", "2023-09-01"}, {"2023-12-31", "2023-12-01"},
      {"2024-01-01", "2024-01-01"}, {"2024-02-29", "2024-02-01"}, {"1969-12-31", "1969-12-01"},
      {"1970-01-01", "1970-01-01"}, {"1948-02-29", "1948-02-01"}, {"0001-01-31", "0001-01-01"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(FormatDay(BucketStart(Day(c.day), v1::BUCKET_MONTH)), c.first) << c.day;
  }
}

TEST(DayTest, ADayIsItsOwnBucket) {
  for (const DayNumber day : {-8036, -1, 0, 19620}) {
    EXPECT_EQ(BucketStart(day, v1::BUCKET_DAY), day);
    EXPECT_EQ(NextBucket(day, v1::BUCKET_DAY), day + 1);
  }
}

TEST(DayTest, BucketsPartitionTheDays) {
  const uint64_t seed = DrawSeed();
  SCOPED_TRACE(TraceOfSeed(seed));
  RandomEntries random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const DayNumber day = static_cast<DayNumber>(random.Below(3'000'000)) - 700'000;
    for (const auto bucket : {v1::BUCKET_WEEK, v1::BUCKET_MONTH}) {
      const DayNumber start = BucketStart(day, bucket);
      ASSERT_LE(start, day) << FormatDay(day);
      ASSERT_EQ(BucketStart(start, bucket), start) << FormatDay(day);
      // The day before a bucket is in another one; the next day is in the
      // same, or begins one.
      ASSERT_LT(BucketStart(start - 1, bucket), start) << FormatDay(day);
      const DayNumber next = BucketStart(day + 1, bucket);
      ASSERT_TRUE(next == start || next == day + 1) << FormatDay(day);
      const DayNumber after = NextBucket(start, bucket);
      ASSERT_EQ(BucketStart(after - 1, bucket), start) << FormatDay(day);
      ASSERT_EQ(BucketStart(after, bucket), after) << FormatDay(day);
    }
    ASSERT_LT(day - BucketStart(day, v1::BUCKET_WEEK), 7) << FormatDay(day);
    ASSERT_LT(day - BucketStart(day, v1::BUCKET_MONTH), 31) << FormatDay(day);
  }
}

}  // namespace
}  // namespace repatriation
