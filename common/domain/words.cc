#include "common/domain/words.h"

#include "google/protobuf/descriptor.h"

namespace repatriation {
namespace {

using google::protobuf::EnumDescriptor;

constexpr absl::string_view kUnspecified = "unspecified";

// buf's lint rule ENUM_ZERO_VALUE_SUFFIX makes the zero value
// "PREFIX_UNSPECIFIED", so the prefix can be read off it.
std::string StripPrefix(const EnumDescriptor& descriptor, const std::string& name) {
  const std::string& zero = descriptor.FindValueByNumber(0)->name();
  return absl::AsciiStrToLower(name.substr(zero.size() - kUnspecified.size()));
}

}  // namespace

std::string WordOf(const EnumDescriptor& descriptor, int value) {
  const auto* found = descriptor.FindValueByNumber(value);
  return found == nullptr ? absl::StrCat(value) : StripPrefix(descriptor, found->name());
}

absl::optional<int> ValueOf(const EnumDescriptor& descriptor, absl::string_view word) {
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const auto& value = *descriptor.value(i);
    if (value.number() != 0 && StripPrefix(descriptor, value.name()) == word) {
      return value.number();
    }
  }
  return absl::nullopt;
}

std::vector<std::string> WordsOf(const EnumDescriptor& descriptor) {
  std::vector<std::string> words;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    if (descriptor.value(i)->number() == 0) continue;
    words.push_back(StripPrefix(descriptor, descriptor.value(i)->name()));
  }
  return words;
}

}  // namespace repatriation
