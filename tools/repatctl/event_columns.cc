#include "tools/repatctl/event_columns.h"

#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/text.h"
#include "common/domain/category.h"
#include "common/domain/words.h"

namespace repatriation {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

// One column: its field and, for an enum, the number of each word, looked up
// once since an import asks for every row.
struct Column {
  const FieldDescriptor* field = nullptr;
  absl::flat_hash_map<std::string, int> values;
};

const std::vector<Column>& Columns() {
  static const auto* const columns = [] {
    auto* made = new std::vector<Column>;
    for (int i = 0; i < v1::Event::descriptor()->field_count(); ++i) {
      Column column;
      column.field = v1::Event::descriptor()->field(i);
      if (const EnumDescriptor* words = column.field->enum_type(); words != nullptr) {
        for (const std::string& word : WordsOf(*words)) {
          column.values[word] = *ValueOf(*words, word);
        }
      }
      made->push_back(std::move(column));
    }
    return made;
  }();
  return *columns;
}

// Words that may stand on an event: every one but the roll-ups of a category.
std::string WordsAllowed(const EnumDescriptor& descriptor) {
  std::vector<std::string> words = WordsOf(descriptor);
  if (&descriptor == v1::Category_descriptor()) {
    std::erase_if(words, [](const std::string& word) {
      return !IsLeafCategory(*ParseWord<v1::Category>(word));
    });
  }
  return absl::StrJoin(words, ", ");
}

// SimpleAtoi() alone would also take white space and a plus sign.
bool ParseInt32(absl::string_view text, int32_t& value) {
  const absl::string_view digits = text.substr(text[0] == '-' ? 1 : 0);
  return digits.find_first_not_of("0123456789") == absl::string_view::npos &&
         absl::SimpleAtoi(text, &value);
}

absl::optional<FieldError> SetEnum(const Column& column, absl::string_view text, v1::Event& event) {
  const auto found = column.values.find(text);
  if (found == column.values.end()) {
    return FieldError{column.field->name(), "UNKNOWN_VALUE",
                      absl::StrCat("must be one of ", WordsAllowed(*column.field->enum_type()),
                                   ", is ", Quoted(text))};
  }
  event.GetReflection()->SetEnumValue(&event, column.field, found->second);
  return absl::nullopt;
}

absl::optional<FieldError> SetInt32(const FieldDescriptor& field, absl::string_view text,
                                    v1::Event& event) {
  int32_t value = 0;
  if (!ParseInt32(text, value)) {
    return FieldError{field.name(), "NOT_AN_INTEGER",
                      absl::StrCat("must be a whole number in decimal digits, is ", Quoted(text))};
  }
  event.GetReflection()->SetInt32(&event, &field, value);
  return absl::nullopt;
}

}  // namespace

std::string ToText(const FieldError& error) {
  return absl::StrReplaceAll(absl::StrCat(error.field, ": ", error.reason, ": ", error.description),
                             {{"\n", " "}});
}

const std::vector<std::string>& EventColumns() {
  static const auto* const names = [] {
    auto* made = new std::vector<std::string>;
    for (const Column& column : Columns()) made->push_back(column.field->name());
    return made;
  }();
  return *names;
}

absl::optional<size_t> EventColumnOf(absl::string_view name) {
  const auto& names = EventColumns();
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i;
  }
  return absl::nullopt;
}

absl::optional<FieldError> SetEventField(size_t column, absl::string_view text, v1::Event& event) {
  const FieldDescriptor& field = *Columns()[column].field;
  if (text.empty()) {
    event.GetReflection()->ClearField(&event, &field);
    return absl::nullopt;
  }
  if (!IsValidUtf8(text)) {
    // Checked here since gRPC would refuse the whole batch that holds it.
    return FieldError{field.name(), "INVALID_UTF8",
                      absl::StrCat("must be UTF-8, is ", Quoted(text))};
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(Columns()[column], text, event);
    case FieldDescriptor::CPPTYPE_INT32:
      return SetInt32(field, text, event);
    default:
      event.GetReflection()->SetString(&event, &field, std::string(text));
      return absl::nullopt;
  }
}

std::string EventFieldText(const v1::Event& event, size_t column) {
  const FieldDescriptor& field = *Columns()[column].field;
  const auto& reflection = *event.GetReflection();
  // Not set, or zero where the schema does not tell the two apart.
  if (!reflection.HasField(event, &field)) return "";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return WordOf(*field.enum_type(), reflection.GetEnumValue(event, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(event, &field));
    default:
      return reflection.GetString(event, &field);
  }
}

}  // namespace repatriation
