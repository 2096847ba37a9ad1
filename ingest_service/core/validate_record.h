// Validates records, as validate.h validates events: the rules are those that
// event.proto states for each field.
//
// Thread-safety: all functions are pure.
#ifndef INGEST_SERVICE_CORE_VALIDATE_RECORD_H_
#define INGEST_SERVICE_CORE_VALIDATE_RECORD_H_

#include "absl/types/optional.h"
#include "common/domain/day.h"
#include "ingest_service/core/field_checks.h"
#include "repatriation/v1/event.pb.h"

namespace repatriation {

// Returns the first rule that `record` breaks, if any. `today` is the current date in UTC.
absl::optional<Violation> ValidateRecord(const v1::Record& record, DayNumber today);

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_VALIDATE_RECORD_H_
