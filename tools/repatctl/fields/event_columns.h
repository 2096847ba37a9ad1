// The columns of v1::Event (message_columns.h).
//
// Thread-safety: all functions may be called from any thread.
#ifndef TOOLS_REPATCTL_FIELDS_EVENT_COLUMNS_H_
#define TOOLS_REPATCTL_FIELDS_EVENT_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "repatriation/v1/event.pb.h"
#include "tools/repatctl/fields/message_columns.h"

namespace repatriation {

// The columns in the order of the schema.
inline const std::vector<std::string>& EventColumns() { return ColumnsOf<v1::Event>().names(); }

// Index into EventColumns(), or nullopt.
inline absl::optional<size_t> EventColumnOf(absl::string_view name) {
  return ColumnsOf<v1::Event>().IndexOf(name);
}

// Same as MessageColumns::Set() and Text().
inline absl::optional<FieldError> SetEventField(size_t column, absl::string_view text,
                                                v1::Event& event) {
  return ColumnsOf<v1::Event>().Set(column, text, event);
}
inline std::string EventFieldText(const v1::Event& event, size_t column) {
  return ColumnsOf<v1::Event>().Text(event, column);
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_FIELDS_EVENT_COLUMNS_H_
