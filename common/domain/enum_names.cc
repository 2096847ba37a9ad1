#include "common/domain/enum_names.h"

#include "google/protobuf/descriptor.h"

namespace repatriation {
namespace {

using google::protobuf::EnumDescriptor;

constexpr absl::string_view kUnspecified = "unspecified";

// The prefix is derived from the zero value, which is "PREFIX_UNSPECIFIED" by buf's
// lint rule ENUM_ZERO_VALUE_SUFFIX.
std::string StripPrefix(const EnumDescriptor& descriptor, const std::string& name) {
  const std::string& zero = descriptor.FindValueByNumber(0)->name();
  return absl::AsciiStrToLower(name.substr(zero.size() - kUnspecified.size()));
}

}  // namespace

std::string EnumNameOf(const EnumDescriptor& descriptor, int value) {
  const auto* found = descriptor.FindValueByNumber(value);
  return found == nullptr ? absl::StrCat(value) : StripPrefix(descriptor, found->name());
}

absl::optional<int> EnumValueOf(const EnumDescriptor& descriptor, absl::string_view name) {
  for (int i = 0; i < descriptor.value_count(); ++i) {
    const auto& value = *descriptor.value(i);
    if (value.number() != 0 && StripPrefix(descriptor, value.name()) == name) {
      return value.number();
    }
  }
  return absl::nullopt;
}

std::vector<std::string> EnumNamesOf(const EnumDescriptor& descriptor) {
  std::vector<std::string> names;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    if (descriptor.value(i)->number() == 0) continue;
    names.push_back(StripPrefix(descriptor, descriptor.value(i)->name()));
  }
  return names;
}

}  // namespace repatriation
