// Validates a producer's submissions before anything is recorded: pure, so that the
// same submission gets the same answer everywhere.
//
// The rules are those that proto/repatriation/v1/event.proto states for each field.
// Checks that need the ledger (is the id taken, does the event exist) are in
// decider.h.
//
// Thread-safety: all functions are pure.
#ifndef INGEST_SERVICE_CORE_VALIDATE_H_
#define INGEST_SERVICE_CORE_VALIDATE_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/id_index/fingerprint.h"
#include "common/ledger/entry.h"
#include "ingest_service/core/field_checks.h"
#include "repatriation/v1/ingest_service.pb.h"

namespace repatriation {

// A submission that passed validation, as views into it; a record's views point into
// `record_bytes`.
struct ValidSubmission {
  LedgerEntry entry;            // position, time and target_position not yet set
  Fingerprint fingerprint = 0;  // of the entry's id
  absl::string_view target_id;  // corrections: the event's id
  std::unique_ptr<const std::string> record_bytes;
};

// A new event as submitted, before any check. `content` has the values of the
// message, known or not, except for the id, the day and `female`, which are separate
// fields here.
struct SubmittedEvent {
  bool is_plain = false;  // IsPlainText() holds for all texts; false if not checked
  absl::string_view event_id;
  absl::string_view day;
  absl::optional<int32_t> female;
  EventContent content;
};

// Fills `valid`, or returns the violation. `today` is the current date in UTC.
absl::optional<Violation> Validate(const v1::Submission& submission, DayNumber today,
                                   ValidSubmission& valid);
// The same for a submission with this event.
absl::optional<Violation> Validate(const SubmittedEvent& event, DayNumber today,
                                   ValidSubmission& valid);

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_VALIDATE_H_
