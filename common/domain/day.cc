#include "common/domain/day.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace repatriation {
namespace {

// The decimal number, or -1 if there is a non-digit.
int ParseDigits(absl::string_view digits) {
  int number = 0;
  for (const char c : digits) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

absl::optional<DayNumber> ParseDay(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return absl::nullopt;
  const int year = ParseDigits(text.substr(0, 4));
  const int month = ParseDigits(text.substr(5, 2));
  const int day = ParseDigits(text.substr(8, 2));
  if (year < 1 || month < 1 || day < 1) return absl::nullopt;
  // CivilDay normalises fields that are out of range; a date that changes was invalid.
  const absl::CivilDay civil(year, month, day);
  if (civil.year() != year || civil.month() != month || civil.day() != day) return absl::nullopt;
  return DayNumberOf(civil);
}

std::string FormatDay(DayNumber day) {
  const absl::CivilDay civil = CivilDayOf(day);
  return absl::StrFormat("%04d-%02d-%02d", civil.year(), civil.month(), civil.day());
}

}  // namespace repatriation
