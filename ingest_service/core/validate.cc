#include "ingest_service/core/validate.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/text.h"
#include "common/domain/category.h"
#include "common/domain/country.h"
#include "common/domain/day.h"
#include "common/domain/words.h"

namespace repatriation {
namespace {

constexpr size_t kIdBytesMax = 64;
constexpr size_t kMissionBytesMax = 32;
constexpr size_t kNameBytesMax = 128;
constexpr size_t kProseBytesMax = 1024;

// Keeps the first violation. Descriptions are put together only for those.
class Checker {
 public:
  explicit Checker(absl::string_view prefix) : prefix_(prefix) {}

  // Notes that `field` breaks the rule `reason`, described by `parts`. Returns
  // false, for the caller to hand on.
  template <typename... Parts>
  bool Fail(absl::string_view field, absl::string_view reason, const Parts&... parts) {
    if (!violation_.has_value()) {
      violation_ =
          Violation{absl::StrCat(prefix_, field), std::string(reason), absl::StrCat(parts...)};
    }
    return false;
  }

  // Text that may be empty: UTF-8, no control character, trimmed, not too long.
  bool OptionalText(absl::string_view field, absl::string_view text, size_t bytes_max) {
    if (text.size() > bytes_max) {
      return Fail(field, "TOO_LONG", "must be at most ", bytes_max, " bytes, has ", text.size());
    }
    if (!IsValidUtf8(text)) {
      return Fail(field, "INVALID_UTF8", "must be UTF-8, is ", Quoted(text));
    }
    if (HasControlCharacter(text)) {
      return Fail(field, "CONTROL_CHARACTER", "must not hold control characters, is ",
                  Quoted(text));
    }
    if (HasOuterWhiteSpace(text)) {
      return Fail(field, "OUTER_WHITE_SPACE", "must not begin or end with white space, is ",
                  Quoted(text));
    }
    return true;
  }

  bool RequiredText(absl::string_view field, absl::string_view text, size_t bytes_max) {
    if (text.empty()) return Fail(field, "REQUIRED", "must be given");
    return OptionalText(field, text, bytes_max);
  }

  bool ok() const { return !violation_.has_value(); }
  absl::optional<Violation> Take() { return std::move(violation_); }

 private:
  const absl::string_view prefix_;
  absl::optional<Violation> violation_;
};

bool IsMissionName(absl::string_view mission) {
  if (!absl::ascii_isupper(static_cast<unsigned char>(mission.front()))) return false;
  for (const char c : mission) {
    const auto letter = static_cast<unsigned char>(c);
    if (!absl::ascii_isupper(letter) && !absl::ascii_isdigit(letter) && c != '-' && c != '_') {
      return false;
    }
  }
  return true;
}

void CheckMission(Checker& check, absl::string_view mission) {
  if (check.RequiredText("mission", mission, kMissionBytesMax) && !IsMissionName(mission)) {
    check.Fail("mission", "NOT_AN_ACRONYM",
               "must be an acronym of A-Z, 0-9, \"-\" and \"_\" that begins with a letter, is ",
               Quoted(mission));
  }
}

void CheckEnums(Checker& check, const v1::Event& event) {
  if (event.kind() == v1::KIND_UNSPECIFIED) {
    check.Fail("kind", "REQUIRED", "must be given");
  } else if (!v1::Kind_IsValid(event.kind())) {
    check.Fail("kind", "UNKNOWN_VALUE", "must be a known kind, is ",
               static_cast<int>(event.kind()));
  }
  if (event.category() == v1::CATEGORY_UNSPECIFIED) {
    check.Fail("category", "REQUIRED", "must be given");
  } else if (!v1::Category_IsValid(event.category())) {
    check.Fail("category", "UNKNOWN_VALUE", "must be a known category, is ",
               static_cast<int>(event.category()));
  } else if (!IsLeafCategory(event.category())) {
    check.Fail("category", "NOT_A_LEAF", "must be a leaf category, is the roll-up ",
               Word(event.category()));
  }
  if (!v1::Qualifier_IsValid(event.qualifier())) {
    check.Fail("qualifier", "UNKNOWN_VALUE", "must be a known qualifier, is ",
               static_cast<int>(event.qualifier()));
  }
}

DayNumber CheckDay(Checker& check, absl::string_view text, DayNumber today) {
  static const DayNumber first_day = *ParseDay(kFirstDay);
  const auto day = ParseDay(text);
  if (text.empty()) {
    check.Fail("day", "REQUIRED", "must be given");
  } else if (!day.has_value()) {
    check.Fail("day", "DAY_NOT_A_DATE", "must be a date of the calendar as YYYY-MM-DD, is ",
               Quoted(text));
  } else if (*day < first_day) {
    check.Fail("day", "DAY_TOO_EARLY", "must not be before ", kFirstDay, ", is ", text);
  } else if (*day > today + kDaysAheadMax) {
    check.Fail("day", "DAY_TOO_LATE", "must not be after ", FormatDay(today + kDaysAheadMax), ", ",
               kDaysAheadMax, " days from now, is ", text);
  }
  return day.value_or(0);
}

void CheckPlace(Checker& check, const v1::Event& event) {
  if (!event.country().empty() && !IsCountryCode(event.country())) {
    check.Fail("country", "UNKNOWN_COUNTRY", "must be an ISO 3166 alpha-3 code such as SEN, is ",
               Quoted(event.country()));
  }
  check.OptionalText("site", event.site(), kNameBytesMax);
  check.OptionalText("destination_site", event.destination_site(), kNameBytesMax);
  const bool relocation = event.kind() == v1::KIND_RELOCATION;
  if (relocation && event.destination_site().empty()) {
    check.Fail("destination_site", "REQUIRED", "must be given for a relocation");
  } else if (relocation && event.destination_site() == event.site()) {
    check.Fail("destination_site", "SAME_AS_SITE", "must differ from site, both are ",
               Quoted(event.site()));
  } else if (!relocation && !event.destination_site().empty()) {
    check.Fail("destination_site", "ONLY_FOR_RELOCATION",
               "must be empty unless kind is relocation, is ", Quoted(event.destination_site()));
  }
}

void CheckNumbers(Checker& check, const v1::Event& event) {
  if (event.headcount() < 1 || event.headcount() > kHeadcountMax) {
    check.Fail("headcount", "OUT_OF_RANGE", "must be 1 to ", kHeadcountMax, ", is ",
               event.headcount());
  }
  if (!event.has_female()) return;
  if (event.female() < 0) {
    check.Fail("female", "OUT_OF_RANGE", "must not be negative, is ", event.female());
  } else if (event.female() > event.headcount()) {
    check.Fail("female", "ABOVE_HEADCOUNT", "must not be above headcount ", event.headcount(),
               ", is ", event.female());
  }
}

void CheckContent(Checker& check, const v1::Event& event, DayNumber today, EventContent& content) {
  CheckMission(check, event.mission());
  CheckEnums(check, event);
  content.day = CheckDay(check, event.day(), today);
  CheckPlace(check, event);
  check.OptionalText("unit", event.unit(), kNameBytesMax);
  CheckNumbers(check, event);
  check.OptionalText("movement_ref", event.movement_ref(), kNameBytesMax);
  check.OptionalText("source", event.source(), kProseBytesMax);
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
  content.headcount = event.headcount();
  content.female = event.has_female() ? event.female() : kFemaleUnknown;
}

absl::optional<Violation> ValidateEvent(const v1::Event& event, DayNumber today,
                                        ValidSubmission& valid) {
  Checker check("event.");
  check.RequiredText("event_id", event.event_id(), kIdBytesMax);
  CheckContent(check, event, today, valid.entry.event);
  valid.entry.type = EntryType::kEvent;
  valid.entry.id = event.event_id();
  return check.Take();
}

// What amendments and voidings have in common.
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
    check.Fail("event", "REQUIRED", "must hold the new content");
  } else if (!inner_id.empty() && inner_id != amendment.event_id()) {
    check.Fail("event.event_id", "OTHER_THAN_TARGET", "must be empty or ",
               Quoted(amendment.event_id()), ", is ", Quoted(inner_id));
  }
  if (!check.ok()) return check.Take();
  Checker content_check("amendment.event.");
  CheckContent(content_check, amendment.event(), today, valid.entry.event);
  return content_check.Take();
}

absl::optional<Violation> ValidateVoiding(const v1::Voiding& voiding, ValidSubmission& valid) {
  Checker check("voiding.");
  valid.entry.type = EntryType::kVoiding;
  CheckCorrection(check, voiding, valid);
  return check.Take();
}

absl::optional<Violation> ValidateContent(const v1::Submission& submission, DayNumber today,
                                          ValidSubmission& valid) {
  switch (submission.content_case()) {
    case v1::Submission::kEvent:
      return ValidateEvent(submission.event(), today, valid);
    case v1::Submission::kAmendment:
      return ValidateAmendment(submission.amendment(), today, valid);
    case v1::Submission::kVoiding:
      return ValidateVoiding(submission.voiding(), valid);
    case v1::Submission::CONTENT_NOT_SET:
      break;
  }
  return Violation{"content", "REQUIRED", "must be an event, an amendment or a voiding"};
}

}  // namespace

absl::optional<Violation> Validate(const v1::Submission& submission, DayNumber today,
                                   ValidSubmission& valid) {
  valid = ValidSubmission();
  auto violation = ValidateContent(submission, today, valid);
  if (!violation.has_value()) valid.fingerprint = FingerprintOf(valid.entry.id);
  return violation;
}

}  // namespace repatriation
