// A day: a civil date at the mission, without a time or time zone.
//
// Stored as the number of days since 1970-01-01; written "YYYY-MM-DD"
// (ISO 8601), the proleptic Gregorian calendar of absl::CivilDay.
// Thread-safety: all functions are pure.
#ifndef COMMON_DOMAIN_DAY_H_
#define COMMON_DOMAIN_DAY_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/optional.h"

namespace repatriation {

// Days since 1970-01-01.
using DayNumber = int32_t;

// Half-open range of days; the defaults are unbounded.
struct DayInterval {
  DayNumber from = INT32_MIN;
  DayNumber to = INT32_MAX;
  bool Contains(DayNumber day) const { return from <= day && day < to; }
};

// nullopt unless `text` is exactly "YYYY-MM-DD" and a valid date (so not
// "2023-02-29").
absl::optional<DayNumber> ParseDay(absl::string_view text);

std::string FormatDay(DayNumber day);

inline DayNumber DayNumberOf(absl::CivilDay day) {
  return static_cast<DayNumber>(day - absl::CivilDay(1970, 1, 1));
}
inline absl::CivilDay CivilDayOf(DayNumber day) { return absl::CivilDay(1970, 1, 1) + day; }

}  // namespace repatriation

#endif  // COMMON_DOMAIN_DAY_H_
