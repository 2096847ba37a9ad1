// A day: a civil date at the mission, neither an instant nor in a time zone.
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
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Days since 1970-01-01.
using DayNumber = int32_t;

// Half-open range of days; the defaults are unbounded.
struct DayInterval {
  DayNumber from = INT32_MIN;
  DayNumber to = INT32_MAX;
  bool Contains(DayNumber day) const { return from <= day && day < to; }
};

// The day that `text` names, or nullopt unless it is exactly "YYYY-MM-DD" and
// a date of the calendar (so not "2023-02-29").
absl::optional<DayNumber> ParseDay(absl::string_view text);

std::string FormatDay(DayNumber day);

inline DayNumber DayNumberOf(absl::CivilDay day) {
  return static_cast<DayNumber>(day - absl::CivilDay(1970, 1, 1));
}
inline absl::CivilDay CivilDayOf(DayNumber day) { return absl::CivilDay(1970, 1, 1) + day; }

// First day of the bucket that holds `day`; weeks begin on Monday (ISO 8601).
// REQUIRES: bucket is BUCKET_DAY, BUCKET_WEEK or BUCKET_MONTH.
DayNumber BucketStart(DayNumber day, v1::Bucket bucket);

// First day of the bucket after the one that begins on `start`.
DayNumber NextBucket(DayNumber start, v1::Bucket bucket);

}  // namespace repatriation

#endif  // COMMON_DOMAIN_DAY_H_
