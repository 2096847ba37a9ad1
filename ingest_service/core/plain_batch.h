// The quick way in for what is nearly always submitted: a batch of new events and
// nothing else. It is checked as it lies in the bytes of its request, without a
// message for each event, which took half of the time of reading it.
//
// Thread-safety: pure.
#ifndef INGEST_SERVICE_CORE_PLAIN_BATCH_H_
#define INGEST_SERVICE_CORE_PLAIN_BATCH_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "ingest_service/core/batch.h"

namespace repatriation {

struct PlainBatch {
  CheckedBatch batch;  // as CheckBatch() gives it, with views into the request
  int64_t batch_number = 0;
};

// Checks the batch of `request`, a v1::StreamEventsRequest in protobuf's wire form
// (https://protobuf.dev/programming-guides/encoding/). nullopt if it is no batch
// of 1 to `submissions_max` new events, or holds anything that protobuf would
// refuse, merge or set aside: then the message has to be parsed, which also says
// what is wrong. What is checked is the same either way.
absl::optional<PlainBatch> CheckPlainBatch(absl::string_view request, size_t submissions_max,
                                           DayNumber today);

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_PLAIN_BATCH_H_
