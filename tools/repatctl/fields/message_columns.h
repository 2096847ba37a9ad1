// The columns of an import file and the flags of `record` and `correct`: the
// fields of a message under their own names, as text. A field that is added to
// the schema becomes a column without a change here.
//
// Text: enum values are the words of common/domain/enum_names.h, numbers are
// decimal, and an empty text means that the field does not say. Only what the
// schema cannot carry is refused here; the rules of an entry are the ingest
// service's.
#ifndef TOOLS_REPATCTL_FIELDS_MESSAGE_COLUMNS_H_
#define TOOLS_REPATCTL_FIELDS_MESSAGE_COLUMNS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "google/protobuf/message.h"

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

  // Sets the field of `column` to what `text` says, or clears it if `text` is
  // empty. On an error `message` is unchanged; reasons: INVALID_UTF8,
  // UNKNOWN_VALUE (no such word), NOT_AN_INTEGER (no decimal number of 32 bits).
  // REQUIRES: column < names().size(), and `message` is of this type.
  absl::optional<FieldError> Set(size_t column, absl::string_view text,
                                 google::protobuf::Message& message) const;

  // The field of `column` as Set() reads it.
  // REQUIRES: column < names().size(), and `message` is of this type.
  std::string Text(const google::protobuf::Message& message, size_t column) const;

 private:
  // One column: its field and, for an enum, the number of each word, looked up
  // once since an import asks for every row.
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

// Those of the generated message type M.
template <typename M>
const MessageColumns& ColumnsOf() {
  static const auto* const columns = new MessageColumns(*M::descriptor());
  return *columns;
}

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_FIELDS_MESSAGE_COLUMNS_H_
