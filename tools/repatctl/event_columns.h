// The columns of an event file and the flags of `record` and `correct`: the
// fields of v1::Event under their own names, as text. A field that is added
// to the schema becomes a column without a change here.
//
// Text: enum values are the words of common/domain/words.h, numbers are
// decimal, and an empty text means that the field does not say. Only what the
// schema cannot carry is refused here; the rules of an event are the ingest
// service's.
//
// Thread-safety: all functions may be called from any thread.
#ifndef TOOLS_REPATCTL_EVENT_COLUMNS_H_
#define TOOLS_REPATCTL_EVENT_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "repatriation/v1/event.pb.h"

namespace repatriation {

// What is wrong with one field, in the three parts in which the ingest service
// also says it (v1::Rejection).
struct FieldError {
  // The column or flag.
  std::string field;
  // Stable name of the rule in UPPER_SNAKE_CASE.
  std::string reason;
  // The rule and the value, for a person.
  std::string description;
};

// "FIELD: REASON: description", on one line.
std::string ToText(const FieldError& error);

// The columns in the order of the schema.
const std::vector<std::string>& EventColumns();

// Index into EventColumns(), or nullopt.
absl::optional<size_t> EventColumnOf(absl::string_view name);

// Sets the field of `column` to what `text` says, or clears it if `text` is
// empty. On an error `event` is unchanged; reasons: INVALID_UTF8,
// UNKNOWN_VALUE (no such word), NOT_AN_INTEGER (no decimal number of 32 bits).
// REQUIRES: column < EventColumns().size().
absl::optional<FieldError> SetEventField(size_t column, absl::string_view text, v1::Event& event);

// The field of `column` as SetEventField() reads it.
// REQUIRES: column < EventColumns().size().
std::string EventFieldText(const v1::Event& event, size_t column);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_EVENT_COLUMNS_H_
