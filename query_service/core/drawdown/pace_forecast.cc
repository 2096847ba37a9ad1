#include "query_service/core/drawdown/pace_forecast.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace repatriation {
namespace {

constexpr int64_t kWeekDays = 7;
constexpr int64_t kWeeksMax = 8;
constexpr DayNumber kBacktestDaysMax = 366;

DayNumber LastDayOfCalendar() { return DayNumberOf(absl::CivilDay(9999, 12, 31)); }

// The first day after `from` by whose end `people` have left at a pace of `lost` in
// `days`; absent if there is none before the end of the calendar.
absl::optional<DayNumber> DayWhenGone(int64_t people, DayNumber from, int64_t lost, int64_t days) {
  if (lost <= 0) return absl::nullopt;
  const int64_t day = from + (people * days + lost - 1) / lost;
  if (day > LastDayOfCalendar()) return absl::nullopt;
  return static_cast<DayNumber>(day);
}

std::string FormatOrEmpty(absl::optional<DayNumber> day) {
  return day.has_value() ? FormatDay(*day) : "";
}

// The first day by whose end `people` have left as `planned`.
absl::optional<DayNumber> DayWhenPlanned(int64_t people, const DailyChanges& planned) {
  for (const auto& [day, change] : planned) {
    people += change;
    if (people <= 0) return day;
  }
  return absl::nullopt;
}

}  // namespace

PaceForecast::PaceForecast(absl::optional<int64_t> baseline, DayNumber first_day, DayNumber as_of,
                           const DailyChanges& happened, int32_t window_days)
    : baseline_(baseline), first_day_(first_day), as_of_(as_of), window_days_(window_days) {
  int64_t sum = 0;
  for (const auto& [day, change] : happened) {
    sum += change;
    days_.push_back(day);
    changes_.push_back(sum);
  }
}

int64_t PaceForecast::ChangeThrough(DayNumber day) const {
  const auto after = std::upper_bound(days_.begin(), days_.end(), day);
  return after == days_.begin() ? 0 : changes_[after - days_.begin() - 1];
}

PaceForecast::Pace PaceForecast::PaceOver(DayNumber through, int64_t days) const {
  const auto before = static_cast<DayNumber>(through - days);
  return {ChangeThrough(before) - ChangeThrough(through), days};
}

int64_t PaceForecast::WindowAt(DayNumber day) const {
  return std::min<int64_t>(window_days_, int64_t{day} - first_day_ + 1);
}

bool PaceForecast::HasWeek(DayNumber day) const {
  return int64_t{day} - first_day_ + 1 >= kWeekDays;
}

PaceForecast::Paces PaceForecast::PacesAt(DayNumber day) const {
  const Pace mean = PaceOver(day, WindowAt(day));
  Paces paces{mean, mean, mean};
  const int64_t weeks = std::min(kWeeksMax, (int64_t{day} - first_day_ + 1) / kWeekDays);
  for (int64_t week = 0; week < weeks; ++week) {
    const Pace pace = PaceOver(static_cast<DayNumber>(day - week * kWeekDays), kWeekDays);
    if (pace.SlowerThan(paces.slowest)) paces.slowest = pace;
    if (paces.fastest.SlowerThan(pace)) paces.fastest = pace;
  }
  return paces;
}

v1::Pace PaceForecast::PaceTo(absl::optional<DayNumber> deadline) const {
  v1::Pace pace;
  const int64_t days = WindowAt(as_of_);
  pace.set_window_days(static_cast<int32_t>(days));
  if (days > 0) {
    pace.set_achieved_per_day(static_cast<double>(PaceOver(as_of_, days).lost) /
                              static_cast<double>(days));
  }
  if (!deadline.has_value()) return pace;
  const int32_t left = *deadline - as_of_;
  pace.set_days_to_deadline(left);
  if (left > 0 && baseline_.has_value()) {
    const int64_t remaining = std::max<int64_t>(0, *baseline_ + ChangeThrough(as_of_));
    pace.set_needed_per_day(static_cast<double>(remaining) / left);
  }
  return pace;
}

v1::Forecast PaceForecast::Forecast(const DailyChanges& planned) const {
  v1::Forecast forecast;
  if (!baseline_.has_value()) {
    forecast.set_absent_because("no baseline");
    return forecast;
  }
  forecast.set_method(absl::StrCat(
      "Assumes that the mean net loss of strength per day over the ", WindowAt(as_of_),
      " days through ", FormatDay(as_of_), " continues; the interval uses the fastest and the ",
      "slowest of the whole weeks, at most ", kWeeksMax, ", counted back from that day."));
  Backtest(forecast);
  const int64_t remaining = *baseline_ + ChangeThrough(as_of_);
  if (remaining <= 0) {
    forecast.set_absent_because("nobody left");
    return forecast;
  }
  forecast.set_planned_completion_day(FormatOrEmpty(DayWhenPlanned(remaining, planned)));
  if (!HasWeek(as_of_)) {
    forecast.set_absent_because("less than a week to go by");
    return forecast;
  }
  const Paces paces = PacesAt(as_of_);
  const auto day_at = [&](const Pace& pace) {
    return DayWhenGone(remaining, as_of_, pace.lost, pace.days);
  };
  if (paces.mean.lost <= 0) {
    forecast.set_absent_because("no departures to go by");
  } else if (!day_at(paces.mean).has_value()) {
    forecast.set_absent_because("not before the year 10000");
  } else {
    forecast.set_completion_day(FormatOrEmpty(day_at(paces.mean)));
    forecast.set_earliest_day(FormatOrEmpty(day_at(paces.fastest)));
    forecast.set_latest_day(FormatOrEmpty(day_at(paces.slowest)));
  }
  return forecast;
}

absl::optional<bool> PaceForecast::HeldFrom(DayNumber day) const {
  const int64_t strength = *baseline_ + ChangeThrough(day);
  if (strength <= 0 || !HasWeek(day)) return absl::nullopt;
  const Paces paces = PacesAt(day);
  if (paces.mean.lost <= 0) return absl::nullopt;
  const DayNumber then = std::min(as_of_, day + window_days_);
  const int64_t actual = *baseline_ + ChangeThrough(then);
  // Multiplied by the days of a pace, to avoid fractions.
  const auto over = [&](const Pace& pace) {
    return std::max<int64_t>(0, strength * pace.days - pace.lost * (then - day));
  };
  return over(paces.fastest) <= actual * paces.fastest.days &&
         actual * paces.slowest.days <= over(paces.slowest);
}

void PaceForecast::Backtest(v1::Forecast& forecast) const {
  int32_t made = 0;
  int32_t held = 0;
  const int64_t from = std::max<int64_t>(first_day_, int64_t{as_of_} - kBacktestDaysMax);
  for (int64_t day = from; day < as_of_; ++day) {
    const auto holds = HeldFrom(static_cast<DayNumber>(day));
    made += holds.has_value() ? 1 : 0;
    held += holds.value_or(false) ? 1 : 0;
  }
  forecast.set_backtest_days(made);
  forecast.set_backtest_held_days(held);
}

}  // namespace repatriation
