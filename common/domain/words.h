// The words of the field as people write them, in CSV files, on the command
// line and in tables: the proto enum values without their prefix, in lower
// case ("contingent_troops", "repatriation", "more_than").
//
// Thread-safety: all functions are pure and may be called from any thread.
#ifndef COMMON_DOMAIN_WORDS_H_
#define COMMON_DOMAIN_WORDS_H_

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace repatriation {

// The word for a value of `descriptor`; "unspecified" for 0, and the number
// itself for a value that this build does not know.
std::string WordOf(const google::protobuf::EnumDescriptor& descriptor, int value);

// The value for `word`, or nullopt. "unspecified" is not a word that can be given.
absl::optional<int> ValueOf(const google::protobuf::EnumDescriptor& descriptor,
                            absl::string_view word);

// Every word of `descriptor` but "unspecified", in the order of the numbers.
std::vector<std::string> WordsOf(const google::protobuf::EnumDescriptor& descriptor);

// The same for a generated enum type E (Kind, Category, Qualifier, ...).
template <typename E>
std::string Word(E value) {
  return WordOf(*google::protobuf::GetEnumDescriptor<E>(), static_cast<int>(value));
}
template <typename E>
absl::optional<E> ParseWord(absl::string_view word) {
  const auto value = ValueOf(*google::protobuf::GetEnumDescriptor<E>(), word);
  if (!value.has_value()) return absl::nullopt;
  return static_cast<E>(*value);
}
template <typename E>
std::vector<std::string> Words() {
  return WordsOf(*google::protobuf::GetEnumDescriptor<E>());
}

}  // namespace repatriation

#endif  // COMMON_DOMAIN_WORDS_H_
