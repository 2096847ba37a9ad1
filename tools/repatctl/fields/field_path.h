// Field names in the ingest service's rejections.
#ifndef TOOLS_REPATCTL_FIELDS_FIELD_PATH_H_
#define TOOLS_REPATCTL_FIELDS_FIELD_PATH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace repatriation {

// The column or flag that `path` names: "day" for "event.day" and for
// "amendment.event.day". Pure.
inline std::string FieldNameOf(absl::string_view path) {
  return std::string(path.substr(path.rfind('.') + 1));
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_FIELDS_FIELD_PATH_H_
