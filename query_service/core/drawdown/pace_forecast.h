// How fast a mission's strength goes down, and when nobody will be left at
// that pace.
//
// Pace is the net loss of strength a day over the days of a window that ends
// at `as_of`, or since the drawdown began if that is less. The forecast lets it
// go on unchanged. Its interval takes the slowest and the quickest of the whole
// weeks, at most eight, that one can count back from `as_of` to the beginning,
// and always holds the pace itself: eight weeks that do not overlap are few
// enough to have happened lately and many enough to hold a pause and a rush;
// weeks that overlap would hold nearly always one in which nobody flew, and so
// say nothing about the latest day. With less than a whole week there is none.
//
// The backtest makes the same forecast on each of the last days, at most 366,
// with what happened through that day, and looks whether the strength one
// window later, or at `as_of` if that is earlier, lay within its interval.
//
// Thread-safety: immutable once made.
#ifndef QUERY_SERVICE_CORE_DRAWDOWN_PACE_FORECAST_H_
#define QUERY_SERVICE_CORE_DRAWDOWN_PACE_FORECAST_H_

#include <vector>

#include "absl/types/optional.h"
#include "query_service/core/drawdown/drawdown_rows.h"
#include "repatriation/v1/drawdown.pb.h"

namespace repatriation {

class PaceForecast {
 public:
  // What happened on the days from `first_day` through `as_of`, from
  // `baseline` people on (absent: not known).
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
    Pace quickest;
  };

  // By how many the strength changed from the beginning through `day`.
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
  std::vector<DayNumber> days_;   // on which something happened, ascending
  std::vector<int64_t> changes_;  // from the beginning through each of them
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_DRAWDOWN_PACE_FORECAST_H_
