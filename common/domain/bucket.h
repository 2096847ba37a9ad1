// The buckets of a timeline: days, weeks from Monday (ISO 8601), calendar months.
//
// Thread-safety: all functions are pure.
#ifndef COMMON_DOMAIN_BUCKET_H_
#define COMMON_DOMAIN_BUCKET_H_

#include "common/domain/day.h"
#include "repatriation/v1/figure.pb.h"

namespace repatriation {

// First day of the bucket that contains `day`.
// REQUIRES: bucket is BUCKET_DAY, BUCKET_WEEK or BUCKET_MONTH.
DayNumber BucketStart(DayNumber day, v1::Bucket bucket);

// First day of the bucket after the one that starts on `start`.
// REQUIRES: as BucketStart(); start is the first day of a bucket.
DayNumber NextBucket(DayNumber start, v1::Bucket bucket);

}  // namespace repatriation

#endif  // COMMON_DOMAIN_BUCKET_H_
