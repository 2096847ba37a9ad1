#include "ingest_service/core/validate.h"

#include <utility>

#include "common/base/text.h"
#include "common/domain/category.h"
#include "common/domain/enum_names.h"
#include "ingest_service/core/field_checks.h"
#include "ingest_service/core/validate_record.h"

namespace repatriation {
namespace {

void CheckEnums(Checker& check, const EventContent& event) {
  if (event.kind == v1::KIND_UNSPECIFIED) {
    check.Fail("kind", "REQUIRED", "must be set");
  } else if (!v1::Kind_IsValid(event.kind)) {
    check.Fail("kind", "UNKNOWN_VALUE", "must be one of the known values, is ",
               static_cast<int>(event.kind));
  }
  if (event.category == v1::CATEGORY_UNSPECIFIED) {
    check.Fail("category", "REQUIRED", "must be set");
  } else if (!v1::Category_IsValid(event.category)) {
    check.Fail("category", "UNKNOWN_VALUE", "must be one of the known values, is ",
               static_cast<int>(event.category));
  } else if (!IsLeafCategory(event.category)) {
    check.Fail("category", "NOT_A_LEAF", "must be a leaf category, is the roll-up ",
               EnumName(event.category));
  }
  CheckQualifier(check, event.qualifier);
  if (event.status == v1::EVENT_STATUS_QUARANTINED) {
    check.Fail("status", "NOT_FOR_SUBMISSION",
               "must be ACTUAL or PLANNED; QUARANTINED is assigned by the query service");
  } else if (!v1::EventStatus_IsValid(event.status)) {
    check.Fail("status", "UNKNOWN_VALUE", "must be one of the known values, is ",
               static_cast<int>(event.status));
  }
}

void CheckPlace(Checker& check, const EventContent& event) {
  CheckCountry(check, event.country);
  check.OptionalText("site", event.site, kNameBytesMax);
  check.OptionalText("destination_site", event.destination_site, kNameBytesMax);
  const bool relocation = event.kind == v1::KIND_RELOCATION;
  if (relocation && event.destination_site.empty()) {
    check.Fail("destination_site", "REQUIRED", "must be set for a relocation");
  } else if (relocation && event.destination_site == event.site) {
    check.Fail("destination_site", "SAME_AS_SITE", "must differ from site, both are ",
               Quoted(event.site));
  } else if (!relocation && !event.destination_site.empty()) {
    check.Fail("destination_site", "ONLY_FOR_RELOCATION",
               "must be empty unless kind is relocation, is ", Quoted(event.destination_site));
  }
}

void CheckNumbers(Checker& check, const SubmittedEvent& event) {
  const int32_t headcount = event.content.headcount;
  if (headcount < 1 || headcount > kHeadcountMax) {
    check.Fail("headcount", "OUT_OF_RANGE", "must be 1 to ", kHeadcountMax, ", is ", headcount);
  }
  if (event.female.has_value()) CheckFemale(check, *event.female, headcount);
}

// Checks the event and returns its content.
EventContent CheckContent(Checker& check, const SubmittedEvent& event, DayNumber today) {
  EventContent content = event.content;
  CheckMission(check, content.mission);
  CheckEnums(check, content);
  content.day = CheckDay(check, "day", event.day, today);
  CheckPlace(check, content);
  check.OptionalText("unit", content.unit, kNameBytesMax);
  CheckNumbers(check, event);
  check.OptionalText("movement_ref", content.movement_ref, kNameBytesMax);
  check.OptionalText("source", content.source, kProseBytesMax);
  if (content.status != v1::EVENT_STATUS_PLANNED) content.status = v1::EVENT_STATUS_ACTUAL;
  content.female = event.female.value_or(kFemaleUnknown);
  return content;
}

SubmittedEvent ViewOf(const v1::Event& event) {
  SubmittedEvent view;
  view.event_id = event.event_id();
  view.day = event.day();
  if (event.has_female()) view.female = event.female();
  EventContent& content = view.content;
  content.mission = event.mission();
  content.country = event.country();
  content.site = event.site();
  content.destination_site = event.destination_site();
  content.unit = event.unit();
  content.movement_ref = event.movement_ref();
  content.source = event.source();
  content.kind = event.kind();
  content.category = event.category();
  content.qualifier = event.qualifier();
  content.status = event.status();
  content.headcount = event.headcount();
  return view;
}

absl::optional<Violation> ValidateEvent(const SubmittedEvent& event, DayNumber today,
                                        ValidSubmission& valid) {
  Checker check("event.", event.is_plain);
  check.RequiredText("event_id", event.event_id, kIdBytesMax);
  valid.entry.event = CheckContent(check, event, today);
  valid.entry.type = EntryType::kEvent;
  valid.entry.id = event.event_id;
  return check.violation();
}

// Checks the fields that all corrections share.
template <typename Correction>
void CheckCorrection(Checker& check, const Correction& correction, ValidSubmission& valid) {
  check.RequiredText("correction_id", correction.correction_id(), kIdBytesMax);
  check.RequiredText("event_id", correction.event_id(), kIdBytesMax);
  check.RequiredText("reason", correction.reason(), kProseBytesMax);
  if (correction.correction_id() == correction.event_id()) {
    check.Fail("correction_id", "SAME_AS_EVENT", "must differ from event_id, both are ",
               Quoted(correction.event_id()));
  }
  valid.entry.id = correction.correction_id();
  valid.entry.reason = correction.reason();
  valid.target_id = correction.event_id();
}

absl::optional<Violation> ValidateAmendment(const v1::Amendment& amendment, DayNumber today,
                                            ValidSubmission& valid) {
  Checker check("amendment.");
  valid.entry.type = EntryType::kAmendment;
  CheckCorrection(check, amendment, valid);
  const std::string& inner_id = amendment.event().event_id();
  if (!amendment.has_event()) {
    check.Fail("event", "REQUIRED", "must be set");
  } else if (!inner_id.empty() && inner_id != amendment.event_id()) {
    check.Fail("event.event_id", "OTHER_THAN_TARGET", "must be empty or ",
               Quoted(amendment.event_id()), ", is ", Quoted(inner_id));
  }
  if (!check.ok()) return check.violation();
  Checker content_check("amendment.event.");
  valid.entry.event = CheckContent(content_check, ViewOf(amendment.event()), today);
  return content_check.violation();
}

absl::optional<Violation> ValidateVoiding(const v1::Voiding& voiding, ValidSubmission& valid) {
  Checker check("voiding.");
  valid.entry.type = EntryType::kVoiding;
  CheckCorrection(check, voiding, valid);
  return check.violation();
}

absl::optional<Violation> ValidateRelease(const v1::QuarantineRelease& release,
                                          ValidSubmission& valid) {
  Checker check("quarantine_release.");
  valid.entry.type = EntryType::kQuarantineRelease;
  CheckCorrection(check, release, valid);
  return check.violation();
}

absl::optional<Violation> ValidateSubmittedRecord(const v1::Record& record, DayNumber today,
                                                  ValidSubmission& valid) {
  auto violation = ValidateRecord(record, today);
  if (violation.has_value()) return violation;
  valid.record_bytes = std::make_unique<const std::string>(EncodeRecord(record));
  valid.entry.type = EntryType::kRecord;
  valid.entry.id = IdOf(record);
  valid.entry.record = *valid.record_bytes;
  return absl::nullopt;
}

absl::optional<Violation> ValidateContent(const v1::Submission& submission, DayNumber today,
                                          ValidSubmission& valid) {
  switch (submission.content_case()) {
    case v1::Submission::kEvent:
      return ValidateEvent(ViewOf(submission.event()), today, valid);
    case v1::Submission::kAmendment:
      return ValidateAmendment(submission.amendment(), today, valid);
    case v1::Submission::kVoiding:
      return ValidateVoiding(submission.voiding(), valid);
    case v1::Submission::kQuarantineRelease:
      return ValidateRelease(submission.quarantine_release(), valid);
    case v1::Submission::kRecord:
      return ValidateSubmittedRecord(submission.record(), today, valid);
    case v1::Submission::CONTENT_NOT_SET:
      break;
  }
  return Violation{"content", "REQUIRED",
                   "must be an event, an amendment, a voiding, a quarantine release or a record"};
}

// Sets the fingerprint of a valid submission.
absl::optional<Violation> Finish(absl::optional<Violation> violation, ValidSubmission& valid) {
  if (!violation.has_value()) valid.fingerprint = FingerprintOf(valid.entry.id);
  return violation;
}

}  // namespace

absl::optional<Violation> Validate(const v1::Submission& submission, DayNumber today,
                                   ValidSubmission& valid) {
  valid = ValidSubmission();
  return Finish(ValidateContent(submission, today, valid), valid);
}

absl::optional<Violation> Validate(const SubmittedEvent& event, DayNumber today,
                                   ValidSubmission& valid) {
  valid = ValidSubmission();
  return Finish(ValidateEvent(event, today, valid), valid);
}

}  // namespace repatriation
