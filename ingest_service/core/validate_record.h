// Checks the records that are kept beside the events, as validate.h checks
// events: the rules are those that event.proto states field by field.
//
// Thread-safety: all functions are pure.
#ifndef INGEST_SERVICE_CORE_VALIDATE_RECORD_H_
#define INGEST_SERVICE_CORE_VALIDATE_RECORD_H_

#include "absl/types/optional.h"
#include "common/domain/day.h"
#include "ingest_service/core/validate.h"

namespace repatriation {

// Fills `valid`, or returns what is wrong. `today` is the current date in UTC.
absl::optional<Violation> ValidateRecord(const v1::Record& record, DayNumber today,
                                         ValidSubmission& valid);

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_VALIDATE_RECORD_H_
