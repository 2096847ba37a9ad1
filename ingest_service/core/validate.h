// Checks what a producer submits, before anything is recorded: pure, so that
// the same submission gets the same answer everywhere.
//
// The rules are those that proto/repatriation/v1/event.proto states field by
// field. What needs the ledger (is the id taken, does the event exist) is the
// sequencer's to check.
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

// A submission that keeps the rules, as views into it, and of a record into
// `record_bytes`.
struct ValidSubmission {
  LedgerEntry entry;            // position, time and target_position not yet set
  Fingerprint fingerprint = 0;  // of the entry's id
  absl::string_view target_id;  // corrections: the event's id
  std::unique_ptr<const std::string> record_bytes;
};

// A new event as it is submitted, before any check. `content` has the values of the
// message, known or not; what it leaves to these: the id, the day, and whether
// `female` is given.
struct SubmittedEvent {
  bool is_plain = false;  // IsPlainText() of all texts; false also if nobody looked
  absl::string_view event_id;
  absl::string_view day;
  absl::optional<int32_t> female;
  EventContent content;
};

// Fills `valid`, or returns what is wrong. `today` is the current date in UTC.
absl::optional<Violation> Validate(const v1::Submission& submission, DayNumber today,
                                   ValidSubmission& valid);
// The same of a submission that holds this event.
absl::optional<Violation> Validate(const SubmittedEvent& event, DayNumber today,
                                   ValidSubmission& valid);

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_VALIDATE_H_
