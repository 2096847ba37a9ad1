// How fast a mission's strength decreases, and when nobody will be left at that pace.
//
// Pace is the net loss of strength per day over a window that ends at `as_of`, or since
// the start of the drawdown if that is shorter. The forecast assumes that it stays the
// same. Its interval uses the slowest and the fastest of the whole weeks, at most eight,
// counted back from `as_of`, and always includes the pace itself. Eight weeks are few
// enough to be recent and many enough to include a pause and a rush. They do not
// overlap: sliding weeks would nearly always include one in which nobody left, so that
// the latest day would be unbounded. With less than a week of history there is no
// forecast.
//
// The backtest makes the same forecast for each of the last days, at most 366, with what
// happened through that day, and checks whether the strength one window later, or at
// `as_of` if that is earlier, was within its interval.
//
// Thread-safety: immutable.
#ifndef QUERY_SERVICE_CORE_DRAWDOWN_PACE_FORECAST_H_
#define QUERY_SERVICE_CORE_DRAWDOWN_PACE_FORECAST_H_

#include <vector>

#include "absl/types/optional.h"
#include "query_service/core/drawdown/drawdown_rows.h"
#include "repatriation/v1/drawdown.pb.h"

namespace repatriation {

class PaceForecast {
 public:
  // `happened` are the changes from `first_day` through `as_of`, starting with
  // `baseline` people (absent: unknown).
  // REQUIRES: first_day <= as_of + 1; 1 <= window_days <= 366.
  PaceForecast(absl::optional<int64_t> baseline, DayNumber first_day, DayNumber as_of,
               const DailyChanges& happened, int32_t window_days);

  v1::Pace PaceTo(absl::optional<DayNumber> deadline) const;

  // `planned` are changes after `as_of`.
  v1::Forecast Forecast(const DailyChanges& planned) const;

 private:
  // People lost over some days.
  struct Pace {
    int64_t lost = 0;
    int64_t days = 0;

    bool SlowerThan(const Pace& other) const { return lost * other.days < other.lost * days; }
  };
  struct Paces {
    Pace mean;
    Pace slowest;
    Pace fastest;
  };

  // Net change of strength from the beginning through `day`.
  int64_t ChangeThrough(DayNumber day) const;
  Pace PaceOver(DayNumber through, int64_t days) const;
  // Days of the window that ends at `day`.
  int64_t WindowAt(DayNumber day) const;
  // As of `day`. REQUIRES: HasWeek(day).
  Paces PacesAt(DayNumber day) const;
  bool HasWeek(DayNumber day) const;
  // Whether the forecast of `day` held; absent if there is none.
  absl::optional<bool> HeldFrom(DayNumber day) const;
  // REQUIRES, as HeldFrom(): there is a baseline.
  void Backtest(v1::Forecast& forecast) const;

  const absl::optional<int64_t> baseline_;
  const DayNumber first_day_;
  const DayNumber as_of_;
  const int32_t window_days_;
  std::vector<DayNumber> days_;   // with changes, ascending
  std::vector<int64_t> changes_;  // cumulative, through each of them
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_DRAWDOWN_PACE_FORECAST_H_
