#include "common/domain/bucket.h"

#include "absl/time/civil_time.h"

namespace repatriation {

DayNumber BucketStart(DayNumber day, v1::Bucket bucket) {
  const absl::CivilDay civil = CivilDayOf(day);
  if (bucket == v1::BUCKET_WEEK) {
    // PrevWeekday is strictly earlier, hence the day after.
    return DayNumberOf(absl::PrevWeekday(civil + 1, absl::Weekday::monday));
  }
  if (bucket == v1::BUCKET_MONTH) {
    return DayNumberOf(absl::CivilDay(civil.year(), civil.month(), 1));
  }
  return day;
}

DayNumber NextBucket(DayNumber start, v1::Bucket bucket) {
  if (bucket == v1::BUCKET_WEEK) return start + 7;
  if (bucket == v1::BUCKET_MONTH) {
    return DayNumberOf(absl::CivilDay(absl::CivilMonth(CivilDayOf(start)) + 1));
  }
  return start + 1;
}

}  // namespace repatriation
