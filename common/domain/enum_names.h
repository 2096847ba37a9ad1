// Names of enum values as people write them in CSV files, on the command line
// and in tables: the proto enum values without their prefix, in lower case
// ("contingent_troops", "repatriation", "more_than").
//
// Thread-safety: all functions are pure and may be called from any thread.
#ifndef COMMON_DOMAIN_ENUM_NAMES_H_
#define COMMON_DOMAIN_ENUM_NAMES_H_

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace repatriation {

// The name of a value of `descriptor`; "unspecified" for 0, and the number
// itself for a value that this build does not know.
std::string EnumNameOf(const google::protobuf::EnumDescriptor& descriptor, int value);

// The value named `name`, or nullopt. "unspecified" is not accepted.
absl::optional<int> EnumValueOf(const google::protobuf::EnumDescriptor& descriptor,
                                absl::string_view name);

// All names of `descriptor` except "unspecified", ordered by number.
std::vector<std::string> EnumNamesOf(const google::protobuf::EnumDescriptor& descriptor);

// The same for a generated enum type E (Kind, Category, Qualifier, ...).
template <typename E>
std::string EnumName(E value) {
  return EnumNameOf(*google::protobuf::GetEnumDescriptor<E>(), static_cast<int>(value));
}
template <typename E>
absl::optional<E> ParseEnumName(absl::string_view name) {
  const auto value = EnumValueOf(*google::protobuf::GetEnumDescriptor<E>(), name);
  if (!value.has_value()) return absl::nullopt;
  return static_cast<E>(*value);
}
template <typename E>
std::vector<std::string> EnumNames() {
  return EnumNamesOf(*google::protobuf::GetEnumDescriptor<E>());
}

}  // namespace repatriation

#endif  // COMMON_DOMAIN_ENUM_NAMES_H_
