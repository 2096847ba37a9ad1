#include "common/domain/bucket.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/common/testing/random_entries.h"

namespace repatriation {
namespace {

DayNumber DayOf(absl::string_view text) {
  const auto day = ParseDay(text);
  EXPECT_TRUE(day.has_value()) << text;
  return day.value_or(INT32_MIN);
}

TEST(BucketTest, WeeksBeginOnMonday) {
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
    EXPECT_EQ(FormatDay(BucketStart(DayOf(c.day), v1::BUCKET_WEEK)), c.monday) << c.day;
  }
}

TEST(BucketTest, MonthsBeginOnTheFirst) {
  const struct {
    const char* day;
    const char* first;
  } kCases[] = {
      {"2023-09-20", "2023-09-01"}, {"2023-09-01", "2023-09-01"}, {"2023-12-31", "2023-12-01"},
      {"2024-01-01", "2024-01-01"}, {"2024-02-29", "2024-02-01"}, {"1969-12-31", "1969-12-01"},
      {"1970-01-01", "1970-01-01"}, {"1948-02-29", "1948-02-01"}, {"0001-01-31", "0001-01-01"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(FormatDay(BucketStart(DayOf(c.day), v1::BUCKET_MONTH)), c.first) << c.day;
  }
}

TEST(BucketTest, DayBucketIsTheDayItself) {
  for (const DayNumber day : {-8036, -1, 0, 19620}) {
    EXPECT_EQ(BucketStart(day, v1::BUCKET_DAY), day);
    EXPECT_EQ(NextBucket(day, v1::BUCKET_DAY), day + 1);
  }
}

TEST(BucketTest, BucketsPartitionTheDays) {
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
