#include "common/domain/day.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace repatriation {
namespace {

// The number that `digits` write, or -1.
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
  // CivilDay normalises what is out of range; a date that changes was none.
  const absl::CivilDay civil(year, month, day);
  if (civil.year() != year || civil.month() != month || civil.day() != day) return absl::nullopt;
  return DayNumberOf(civil);
}

std::string FormatDay(DayNumber day) {
  const absl::CivilDay civil = CivilDayOf(day);
  return absl::StrFormat("%04d-%02d-%02d", civil.year(), civil.month(), civil.day());
}

DayNumber BucketStart(DayNumber day, v1::Bucket bucket) {
  const absl::CivilDay civil = CivilDayOf(day);
  if (bucket == v1::BUCKET_WEEK) {
    // PrevWeekday is strictly earlier, hence the day after.
    return DayNumberOf(absl::PrevWeekday(civil + 1, absl::Weekday::monday));
  }
  if (bucket == v1::BUCKET_MONTH) {
    return DayNumberOf(absl::CivilDay(civil.year(), civil.month(), 1));
  }
  return day;
}

DayNumber NextBucket(DayNumber start, v1::Bucket bucket) {
  if (bucket == v1::BUCKET_WEEK) return start + 7;
  if (bucket == v1::BUCKET_MONTH) {
    return DayNumberOf(absl::CivilDay(absl::CivilMonth(CivilDayOf(start)) + 1));
  }
  return start + 1;
}

}  // namespace repatriation
