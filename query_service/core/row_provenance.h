// The events behind the rows of an answer: for each row the filter that its
// events, and no others, match, with the page token that lists them.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_ROW_PROVENANCE_H_
#define QUERY_SERVICE_CORE_ROW_PROVENANCE_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "common/domain/day.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Each row repeats the filter: so large an answer gets at most.
inline constexpr int32_t kProvenanceRowsMax = 1000;
inline constexpr size_t kProvenanceFilterBytesMax = 2048;

// OK if rows may repeat `filter`. INVALID_ARGUMENT naming `with_provenance` if
// it is too large.
absl::Status CheckProvenanceFilter(const v1::Filter& filter);

// `filter`, defaults filled in, for the events of one group of its answer.
v1::Filter FilterOfGroup(const v1::Filter& filter, const v1::Group& group);

// `filter` for the days of it that are in the bucket that begins on `start`.
v1::Filter FilterOfBucket(const v1::Filter& filter, DayNumber start, v1::Bucket bucket);

// Gives each row of a page its events, as the answer knows them.
void AddProvenance(v1::GetAggregateResponse& response);
void AddProvenance(v1::Bucket bucket, v1::GetTimelineResponse& response);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_ROW_PROVENANCE_H_
