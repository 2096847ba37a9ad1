#include "tools/repatctl/fields/message_columns.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/text.h"
#include "common/domain/category.h"
#include "common/domain/enum_names.h"
#include "repatriation/v1/event.pb.h"

namespace repatriation {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The values that `field` may have: for an event no group categories, and no status
// that only the query service assigns.
std::string AllowedValues(const FieldDescriptor& field) {
  std::vector<std::string> words = EnumNamesOf(*field.enum_type());
  if (field.containing_type() == v1::Event::descriptor()) {
    const bool is_category = field.enum_type() == v1::Category_descriptor();
    std::erase_if(words, [is_category](const std::string& word) {
      return is_category ? !IsLeafCategory(*ParseEnumName<v1::Category>(word))
                         : word == EnumName(v1::EVENT_STATUS_QUARANTINED);
    });
  }
  return absl::StrJoin(words, ", ");
}

// SimpleAtoi() alone would also accept white space and a plus sign.
bool ParseInt32(absl::string_view text, int32_t& value) {
  const absl::string_view digits = text.substr(text[0] == '-' ? 1 : 0);
  return digits.find_first_not_of("0123456789") == absl::string_view::npos &&
         absl::SimpleAtoi(text, &value);
}

absl::optional<FieldError> SetInt32(const FieldDescriptor& field, absl::string_view text,
                                    Message& message) {
  int32_t value = 0;
  if (!ParseInt32(text, value)) {
    return FieldError{field.name(), "NOT_AN_INTEGER",
                      absl::StrCat("must be a whole number in decimal digits, is ", Quoted(text))};
  }
  message.GetReflection()->SetInt32(&message, &field, value);
  return absl::nullopt;
}

}  // namespace

std::string ToText(const FieldError& error) {
  return absl::StrReplaceAll(absl::StrCat(error.field, ": ", error.reason, ": ", error.description),
                             {{"\n", " "}});
}

MessageColumns::MessageColumns(const google::protobuf::Descriptor& descriptor) {
  for (int i = 0; i < descriptor.field_count(); ++i) {
    Column column;
    column.field = descriptor.field(i);
    if (const EnumDescriptor* words = column.field->enum_type(); words != nullptr) {
      for (const std::string& word : EnumNamesOf(*words))
        column.values[word] = *EnumValueOf(*words, word);
    }
    names_.push_back(column.field->name());
    columns_.push_back(std::move(column));
  }
  for (size_t i = 1; i < names_.size(); ++i) content_.push_back(i);
  std::sort(content_.begin(), content_.end(),
            [this](size_t a, size_t b) { return names_[a] < names_[b]; });
}

absl::optional<size_t> MessageColumns::IndexOf(absl::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return i;
  }
  return absl::nullopt;
}

absl::optional<FieldError> MessageColumns::SetEnum(const Column& column, absl::string_view text,
                                                   Message& message) {
  const auto found = column.values.find(text);
  if (found == column.values.end()) {
    return FieldError{
        column.field->name(), "UNKNOWN_VALUE",
        absl::StrCat("must be one of ", AllowedValues(*column.field), ", is ", Quoted(text))};
  }
  message.GetReflection()->SetEnumValue(&message, column.field, found->second);
  return absl::nullopt;
}

absl::optional<FieldError> MessageColumns::Set(size_t column, absl::string_view text,
                                               Message& message) const {
  const FieldDescriptor& field = *columns_[column].field;
  if (text.empty()) {
    message.GetReflection()->ClearField(&message, &field);
    return absl::nullopt;
  }
  if (!IsValidUtf8(text)) {
    // Checked here since gRPC would reject the whole batch.
    return FieldError{field.name(), "INVALID_UTF8",
                      absl::StrCat("must be UTF-8, is ", Quoted(text))};
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(columns_[column], text, message);
    case FieldDescriptor::CPPTYPE_INT32:
      return SetInt32(field, text, message);
    default:
      message.GetReflection()->SetString(&message, &field, std::string(text));
      return absl::nullopt;
  }
}

std::string MessageColumns::Text(const Message& message, size_t column) const {
  const FieldDescriptor& field = *columns_[column].field;
  const auto& reflection = *message.GetReflection();
  // Not set, or zero where the schema does not distinguish the two.
  if (!reflection.HasField(message, &field)) return "";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumNameOf(*field.enum_type(), reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(message, &field));
    default:
      return reflection.GetString(message, &field);
  }
}

}  // namespace repatriation
