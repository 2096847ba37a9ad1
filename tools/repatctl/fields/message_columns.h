// The columns of an import file and the flags of `record` and `correct`: the
// fields of a message, by name, as text. A field added to the schema becomes a
// column without a change here.
//
// Text: enum values have the names of common/domain/enum_names.h, numbers are
// decimal, and an empty text means that the field is not set. Only what the schema
// cannot represent is rejected here; the ingest service validates entries.
#ifndef TOOLS_REPATCTL_FIELDS_MESSAGE_COLUMNS_H_
#define TOOLS_REPATCTL_FIELDS_MESSAGE_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "google/protobuf/message.h"

namespace repatriation {

// What is wrong with one field, in the same three parts as v1::Rejection.
struct FieldError {
  // The column or flag.
  std::string field;
  // Stable code in UPPER_SNAKE_CASE.
  std::string reason;
  // The rule and the value, for people.
  std::string description;
};

// "FIELD: REASON: description", on one line.
std::string ToText(const FieldError& error);

// The columns of one message type, whose fields are enums, strings and int32.
// The first one is the id of the entry. Immutable, thus thread-safe.
class MessageColumns {
 public:
  explicit MessageColumns(const google::protobuf::Descriptor& descriptor);

  // In the order of the schema.
  const std::vector<std::string>& names() const { return names_; }

  // Indexes of all columns but the id, sorted by name.
  const std::vector<size_t>& content() const { return content_; }

  // Index into names(), or nullopt.
  absl::optional<size_t> IndexOf(absl::string_view name) const;

  // Sets the field of `column` from `text`, or clears it if `text` is empty. On an
  // error `message` is unchanged; reasons: INVALID_UTF8, UNKNOWN_VALUE (not a name
  // of the enum), NOT_AN_INTEGER (not a decimal 32-bit integer).
  // REQUIRES: column < names().size(), and `message` is of this type.
  absl::optional<FieldError> Set(size_t column, absl::string_view text,
                                 google::protobuf::Message& message) const;

  // The field of `column`, in the form that Set() parses.
  // REQUIRES: column < names().size(), and `message` is of this type.
  std::string Text(const google::protobuf::Message& message, size_t column) const;

 private:
  // One column: its field and, for an enum, the number of each name, cached since
  // an import needs them for every row.
  struct Column {
    const google::protobuf::FieldDescriptor* field = nullptr;
    absl::flat_hash_map<std::string, int> values;
  };

  static absl::optional<FieldError> SetEnum(const Column& column, absl::string_view text,
                                            google::protobuf::Message& message);

  std::vector<Column> columns_;
  std::vector<std::string> names_;
  std::vector<size_t> content_;
};

// The columns of the generated message type M.
template <typename M>
const MessageColumns& ColumnsOf() {
  static const auto* const columns = new MessageColumns(*M::descriptor());
  return *columns;
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_FIELDS_MESSAGE_COLUMNS_H_
