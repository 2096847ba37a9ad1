#include "query_service/core/drawdown/pace_forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace repatriation {
namespace {

DayNumber Day(absl::string_view text) { return ParseDay(text).value(); }

// `people` leave per day from `from`, for `days`.
DailyChanges Leaving(absl::string_view from, int days, int64_t people) {
  DailyChanges changes;
  for (int day = 0; day < days; ++day) changes[Day(from) + day] = -people;
  return changes;
}

// A drawdown of 1,000 people from 1 July 2023.
PaceForecast Through(absl::string_view as_of, const DailyChanges& happened, int32_t window = 28) {
  return {1000, Day("2023-07-01"), Day(as_of), happened, window};
}

TEST(PaceForecastTest, ContinuesAtThePaceOfTheWindow) {
  const PaceForecast pace = Through("2023-07-28", Leaving("2023-07-01", 28, 10));
  const v1::Pace achieved = pace.PaceTo(Day("2023-08-07"));
  EXPECT_EQ(achieved.window_days(), 28);
  EXPECT_DOUBLE_EQ(achieved.achieved_per_day(), 10);
  EXPECT_EQ(achieved.days_to_deadline(), 10);
  EXPECT_DOUBLE_EQ(achieved.needed_per_day(), 72);
  const v1::Forecast forecast = pace.Forecast({});
  EXPECT_EQ(forecast.absent_because(), "");
  EXPECT_EQ(forecast.completion_day(), "2023-10-08") << "28 July and 72 days";
  EXPECT_EQ(forecast.earliest_day(), "2023-10-08");
  EXPECT_EQ(forecast.latest_day(), "2023-10-08");
  EXPECT_EQ(forecast.planned_completion_day(), "");
  EXPECT_EQ(forecast.backtest_days(), 21) << "7 to 27 July";
  EXPECT_EQ(forecast.backtest_held_days(), 21) << "nothing ever changed";
  EXPECT_EQ(forecast.method(),
            "Assumes that the mean net loss of strength per day over the 28 days through "
            "2023-07-28 continues; the interval uses the fastest and the slowest of the whole "
            "weeks, at most 8, counted back from that day.");
}

TEST(PaceForecastTest, RoundsUpTheLastDay) {
  // 7 a day leave 951 after a week: 135.86 days.
  const v1::Forecast forecast = Through("2023-07-07", Leaving("2023-07-01", 7, 7)).Forecast({});
  EXPECT_EQ(forecast.completion_day(), FormatDay(Day("2023-07-07") + 136));
}

TEST(PaceForecastTest, IntervalUsesTheSlowestAndTheFastestWeek) {
  DailyChanges happened = Leaving("2023-07-01", 7, 5);  // 35
  happened.merge(Leaving("2023-07-08", 7, 20));         // 140
  happened.merge(Leaving("2023-07-15", 14, 10));        // 140: 685 are left
  const v1::Forecast forecast = Through("2023-07-28", happened, 14).Forecast({});
  EXPECT_EQ(forecast.completion_day(), FormatDay(Day("2023-07-28") + 69));
  EXPECT_EQ(forecast.earliest_day(), FormatDay(Day("2023-07-28") + 35));
  EXPECT_EQ(forecast.latest_day(), FormatDay(Day("2023-07-28") + 137));
}

TEST(PaceForecastTest, LooksBackEightWeeks) {
  // A rush, then eight steady weeks.
  DailyChanges happened = Leaving("2023-07-01", 7, 50);
  happened.merge(Leaving("2023-07-08", 56, 1));
  const v1::Forecast later = Through("2023-09-01", happened).Forecast({});
  EXPECT_EQ(later.earliest_day(), later.completion_day());
  const v1::Forecast rush = Through("2023-08-31", happened).Forecast({});
  EXPECT_LT(rush.earliest_day(), rush.completion_day());
}

TEST(PaceForecastTest, WeekWithoutDeparturesLeavesTheEndOpen) {
  const v1::Forecast forecast = Through("2023-07-28", Leaving("2023-07-15", 14, 10)).Forecast({});
  EXPECT_EQ(forecast.completion_day(), FormatDay(Day("2023-07-28") + 172));
  EXPECT_EQ(forecast.latest_day(), "");
}

TEST(PaceForecastTest, WindowIsLimitedToTheDrawdown) {
  const PaceForecast pace = Through("2023-07-10", Leaving("2023-07-01", 10, 3));
  EXPECT_EQ(pace.PaceTo({}).window_days(), 10);
  EXPECT_DOUBLE_EQ(pace.PaceTo({}).achieved_per_day(), 3);
  EXPECT_FALSE(pace.PaceTo({}).has_days_to_deadline());
  EXPECT_FALSE(pace.PaceTo({}).has_needed_per_day());
}

TEST(PaceForecastTest, GivesTheReasonIfThereIsNone) {
  const auto why = [](const PaceForecast& pace) {
    const v1::Forecast forecast = pace.Forecast({});
    EXPECT_EQ(forecast.completion_day() + forecast.earliest_day() + forecast.latest_day(), "");
    return forecast.absent_because();
  };
  const DailyChanges happened = Leaving("2023-07-01", 7, 10);
  EXPECT_EQ(why({absl::nullopt, Day("2023-07-01"), Day("2023-07-07"), happened, 28}),
            "no baseline");
  EXPECT_EQ(why({70, Day("2023-07-01"), Day("2023-07-07"), happened, 28}), "nobody left");
  EXPECT_EQ(why(Through("2023-07-06", Leaving("2023-07-01", 6, 10))), "less than a week to go by");
  EXPECT_EQ(why(Through("2023-06-30", {})), "less than a week to go by");
  EXPECT_EQ(why(Through("2023-08-28", happened)), "no departures to go by");
  EXPECT_EQ(why({4'000'000, Day("2023-07-01"), Day("2023-07-07"), Leaving("2023-07-01", 1, 1), 28}),
            "not before the year 10000");
}

TEST(PaceForecastTest, DeadlineMayHavePassed) {
  const PaceForecast pace = Through("2023-07-28", Leaving("2023-07-01", 28, 10));
  EXPECT_EQ(pace.PaceTo(Day("2023-07-26")).days_to_deadline(), -2);
  EXPECT_FALSE(pace.PaceTo(Day("2023-07-26")).has_needed_per_day());
  EXPECT_FALSE(pace.PaceTo(Day("2023-07-28")).has_needed_per_day()) << "no day is left";
}

TEST(PaceForecastTest, PlannedCompletionDay) {
  const PaceForecast pace = Through("2023-07-28", Leaving("2023-07-01", 28, 10));
  DailyChanges planned = Leaving("2023-08-01", 1, 700);
  EXPECT_EQ(pace.Forecast(planned).planned_completion_day(), "");
  planned[Day("2023-08-02")] = +5;
  planned[Day("2023-08-09")] = -25;
  EXPECT_EQ(pace.Forecast(planned).planned_completion_day(), "2023-08-09");
}

TEST(PaceForecastTest, BacktestDetectsForecastsThatDidNotHold) {
  // Steady for two weeks, then nobody: forecasts made before it fail.
  const v1::Forecast forecast =
      Through("2023-07-28", Leaving("2023-07-01", 14, 10), 7).Forecast({});
  EXPECT_EQ(forecast.absent_because(), "no departures to go by");
  // From the 7th on a week has passed; its forecast for the 14th is right. The
  // others expect departures after the 14th, until the 21st gives none.
  EXPECT_EQ(forecast.backtest_days(), 14);
  EXPECT_EQ(forecast.backtest_held_days(), 1);
}

}  // namespace
}  // namespace repatriation
