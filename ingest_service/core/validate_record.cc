#include "ingest_service/core/validate_record.h"

#include "common/domain/enum_names.h"
#include "ingest_service/core/field_checks.h"

namespace repatriation {
namespace {

// Maximum headcount of a strength report or a statement.
constexpr int32_t kStrengthMax = 1'000'000;
// A mandate's dates may lie further ahead than an event's: ten years.
constexpr DayNumber kMandateDaysAheadMax = 3'660;

// Checks the fields that all records share.
template <typename Message>
void CheckCommon(Checker& check, const Message& record) {
  check.RequiredText("record_id", record.record_id(), kIdBytesMax);
  CheckMission(check, record.mission());
}

// A strength report or a statement may have a roll-up category, not only a leaf.
void CheckCategory(Checker& check, v1::Category category) {
  if (category == v1::CATEGORY_UNSPECIFIED) {
    check.Fail("category", "REQUIRED", "must be set");
  } else if (!v1::Category_IsValid(category)) {
    check.Fail("category", "UNKNOWN_VALUE", "must be one of the known values, is ",
               static_cast<int>(category));
  }
}

// Checks the fields that strength reports and statements share.
template <typename Message>
void CheckFigure(Checker& check, const Message& record) {
  CheckCategory(check, record.category());
  CheckCountry(check, record.country());
  check.OptionalText("site", record.site(), kNameBytesMax);
  if (record.headcount() < 0 || record.headcount() > kStrengthMax) {
    check.Fail("headcount", "OUT_OF_RANGE", "must be 0 to ", kStrengthMax, ", is ",
               record.headcount());
  }
  if (record.has_female()) CheckFemale(check, record.female(), record.headcount());
  CheckQualifier(check, record.qualifier());
}

absl::optional<Violation> Validate(const v1::Mandate& mandate, DayNumber today) {
  Checker check("record.mandate.");
  CheckCommon(check, mandate);
  check.RequiredText("resolution", mandate.resolution(), kNameBytesMax);
  const DayNumber adopted = CheckDay(check, "adopted", mandate.adopted(), today);
  const DayNumber start =
      CheckDay(check, "drawdown_start", mandate.drawdown_start(), today, kMandateDaysAheadMax);
  const DayNumber deadline =
      CheckDay(check, "deadline", mandate.deadline(), today, kMandateDaysAheadMax);
  if (start < adopted) {
    check.Fail("drawdown_start", "BEFORE_ADOPTED", "must not be before adopted ", mandate.adopted(),
               ", is ", mandate.drawdown_start());
  }
  if (deadline <= start) {
    check.Fail("deadline", "NOT_AFTER_START", "must be after drawdown_start ",
               mandate.drawdown_start(), ", is ", mandate.deadline());
  }
  check.OptionalText("source", mandate.source(), kProseBytesMax);
  return check.violation();
}

absl::optional<Violation> Validate(const v1::StrengthReport& strength, DayNumber today) {
  Checker check("record.strength.");
  CheckCommon(check, strength);
  check.RequiredText("series", strength.series(), kNameBytesMax);
  CheckDay(check, "as_of", strength.as_of(), today);
  CheckFigure(check, strength);
  check.OptionalText("source", strength.source(), kProseBytesMax);
  return check.violation();
}

absl::optional<Violation> Validate(const v1::Statement& statement, DayNumber today) {
  Checker check("record.statement.");
  CheckCommon(check, statement);
  if (statement.measure() == v1::MEASURE_UNSPECIFIED) {
    check.Fail("measure", "REQUIRED", "must be set");
  } else if (!v1::Measure_IsValid(statement.measure())) {
    check.Fail("measure", "UNKNOWN_VALUE", "must be one of the known values, is ",
               static_cast<int>(statement.measure()));
  }
  const DayNumber day = CheckDay(check, "day", statement.day(), today);
  if (!statement.from().empty() && CheckDay(check, "from", statement.from(), today) > day) {
    check.Fail("from", "AFTER_DAY", "must not be after day ", statement.day(), ", is ",
               statement.from());
  }
  CheckFigure(check, statement);
  if (!statement.published().empty()) CheckDay(check, "published", statement.published(), today);
  check.OptionalText("source", statement.source(), kProseBytesMax);
  return check.violation();
}

absl::optional<Violation> Validate(const v1::ReportedThrough& mark, DayNumber today) {
  Checker check("record.reported_through.");
  CheckCommon(check, mark);
  check.OptionalText("reporter", mark.reporter(), kNameBytesMax);
  check.OptionalText("site", mark.site(), kNameBytesMax);
  if (mark.reporter().empty() && mark.site().empty()) {
    check.Fail("reporter", "REQUIRED", "must be set unless site is");
  }
  CheckDay(check, "day", mark.day(), today, kPastDaysAheadMax);
  check.OptionalText("source", mark.source(), kProseBytesMax);
  return check.violation();
}

absl::optional<Violation> Validate(const v1::SiteClosure& closure, DayNumber today) {
  Checker check("record.site_closure.");
  CheckCommon(check, closure);
  check.RequiredText("site", closure.site(), kNameBytesMax);
  CheckDay(check, "day", closure.day(), today);
  check.OptionalText("source", closure.source(), kProseBytesMax);
  return check.violation();
}

}  // namespace

absl::optional<Violation> ValidateRecord(const v1::Record& record, DayNumber today) {
  switch (record.content_case()) {
    case v1::Record::kMandate:
      return Validate(record.mandate(), today);
    case v1::Record::kStrength:
      return Validate(record.strength(), today);
    case v1::Record::kStatement:
      return Validate(record.statement(), today);
    case v1::Record::kReportedThrough:
      return Validate(record.reported_through(), today);
    case v1::Record::kSiteClosure:
      return Validate(record.site_closure(), today);
    case v1::Record::CONTENT_NOT_SET:
      break;
  }
  return Violation{"record.content", "REQUIRED",
                   "must be a mandate, a strength report, a statement, a reported-through mark "
                   "or a site closure"};
}

}  // namespace repatriation
