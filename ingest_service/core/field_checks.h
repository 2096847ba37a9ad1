// Validation rules shared by the fields of several messages.
//
// Thread-safety: a Checker belongs to one thread; the functions change only the
// checker passed to them.
#ifndef INGEST_SERVICE_CORE_FIELD_CHECKS_H_
#define INGEST_SERVICE_CORE_FIELD_CHECKS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/domain/day.h"
#include "repatriation/v1/event.pb.h"

namespace repatriation {

// The first rule that a submission breaks.
struct Violation {
  std::string field;        // path within the submission: "event.day"
  std::string reason;       // stable name: "DAY_NOT_A_DATE"
  std::string description;  // the rule and the value
};

inline constexpr size_t kIdBytesMax = 64;
inline constexpr size_t kMissionBytesMax = 32;
inline constexpr size_t kNameBytesMax = 128;
inline constexpr size_t kProseBytesMax = 1024;
// Earlier days are treated as mistakes: the first UN mission (UNTSO)
// began in 1948, https://peacekeeping.un.org/en/mission/untso.
inline constexpr absl::string_view kFirstDay = "1948-01-01";
// Events up to a year ahead may be announced; later days are mistakes.
inline constexpr DayNumber kDaysAheadMax = 366;
// For days that must be over: the date at the mission may be one day ahead of UTC.
inline constexpr DayNumber kPastDaysAheadMax = 1;

// Keeps the first violation. Descriptions are built only for that one.
class Checker {
 public:
  // `plain`: whether IsPlainText() holds for all texts that will be checked.
  explicit Checker(absl::string_view prefix, bool plain = false) : prefix_(prefix), plain_(plain) {}

  // Records that `field` breaks the rule `reason`, described by `parts`. Returns
  // false, so that callers can return the result.
  template <typename... Parts>
  bool Fail(absl::string_view field, absl::string_view reason, const Parts&... parts) {
    if (!violation_.has_value()) {
      violation_ =
          Violation{absl::StrCat(prefix_, field), std::string(reason), absl::StrCat(parts...)};
    }
    return false;
  }

  // Text that may be empty: valid UTF-8, no control characters, trimmed, not too long.
  bool OptionalText(absl::string_view field, absl::string_view text, size_t bytes_max);

  bool RequiredText(absl::string_view field, absl::string_view text, size_t bytes_max) {
    if (text.empty()) return Fail(field, "REQUIRED", "must be set");
    return OptionalText(field, text, bytes_max);
  }

  bool ok() const { return !violation_.has_value(); }
  const absl::optional<Violation>& violation() const { return violation_; }

 private:
  const absl::string_view prefix_;
  const bool plain_;
  absl::optional<Violation> violation_;
};

// The mission's acronym, in field `mission`.
void CheckMission(Checker& check, absl::string_view mission);
// An optional country, in field `country`.
void CheckCountry(Checker& check, absl::string_view country);
// In field `qualifier`.
void CheckQualifier(Checker& check, v1::Qualifier qualifier);
// A required date, at most `days_ahead_max` after `today`. Returns 0 if it is not a
// date.
DayNumber CheckDay(Checker& check, absl::string_view field, absl::string_view text, DayNumber today,
                   DayNumber days_ahead_max = kDaysAheadMax);
// The number of women among `headcount`, in field `female`.
void CheckFemale(Checker& check, int32_t female, int32_t headcount);

}  // namespace repatriation

#endif  // INGEST_SERVICE_CORE_FIELD_CHECKS_H_
