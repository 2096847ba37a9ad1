#include "ingest_service/core/field_checks.h"

#include "absl/strings/ascii.h"
#include "common/base/text.h"
#include "common/domain/country.h"

namespace repatriation {
namespace {

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

}  // namespace

bool Checker::OptionalText(absl::string_view field, absl::string_view text, size_t bytes_max) {
  if (text.size() > bytes_max) {
    return Fail(field, "TOO_LONG", "must be at most ", bytes_max, " bytes, has ", text.size());
  }
  if (plain_ || IsPlainText(text)) return true;
  if (!IsValidUtf8(text)) {
    return Fail(field, "INVALID_UTF8", "must be UTF-8, is ", Quoted(text));
  }
  if (HasControlCharacter(text)) {
    return Fail(field, "CONTROL_CHARACTER", "must not contain control characters, is ",
                Quoted(text));
  }
  if (HasOuterWhiteSpace(text)) {
    return Fail(field, "OUTER_WHITE_SPACE", "must not begin or end with whitespace, is ",
                Quoted(text));
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

void CheckQualifier(Checker& check, v1::Qualifier qualifier) {
  if (!v1::Qualifier_IsValid(qualifier)) {
    check.Fail("qualifier", "UNKNOWN_VALUE", "must be one of the known values, is ",
               static_cast<int>(qualifier));
  }
}

DayNumber CheckDay(Checker& check, absl::string_view field, absl::string_view text, DayNumber today,
                   DayNumber days_ahead_max) {
  static const DayNumber first_day = *ParseDay(kFirstDay);
  const auto day = ParseDay(text);
  if (text.empty()) {
    check.Fail(field, "REQUIRED", "must be set");
  } else if (!day.has_value()) {
    check.Fail(field, "DAY_NOT_A_DATE", "must be a date as YYYY-MM-DD, is ", Quoted(text));
  } else if (*day < first_day) {
    check.Fail(field, "DAY_TOO_EARLY", "must not be before ", kFirstDay, ", is ", text);
  } else if (*day > today + days_ahead_max) {
    check.Fail(field, "DAY_TOO_LATE", "must not be after ", FormatDay(today + days_ahead_max), ", ",
               days_ahead_max, " days from now, is ", text);
  }
  return day.value_or(0);
}

void CheckCountry(Checker& check, absl::string_view country) {
  if (!country.empty() && !IsCountryCode(country)) {
    check.Fail("country", "UNKNOWN_COUNTRY", "must be an ISO 3166 alpha-3 code such as SEN, is ",
               Quoted(country));
  }
}

void CheckFemale(Checker& check, int32_t female, int32_t headcount) {
  if (female < 0) {
    check.Fail("female", "OUT_OF_RANGE", "must not be negative, is ", female);
  } else if (female > headcount) {
    check.Fail("female", "ABOVE_HEADCOUNT", "must not be above headcount ", headcount, ", is ",
               female);
  }
}

}  // namespace repatriation
