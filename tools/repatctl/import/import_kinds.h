// What an import file may contain: events, or records of one kind.
//
// Thread-safety: all functions may be called from any thread.
#ifndef TOOLS_REPATCTL_IMPORT_IMPORT_KINDS_H_
#define TOOLS_REPATCTL_IMPORT_IMPORT_KINDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "repatriation/v1/ingest_service.pb.h"
#include "tools/repatctl/fields/message_columns.h"

namespace repatriation {

struct ImportKind {
  // "event", or the name of the field of v1::Record.
  std::string name;
  // The columns of the message.
  const MessageColumns* columns;
  // Columns that a file must have, with a value in every row.
  std::vector<std::string> required;
  // The field of v1::Record; null for events.
  const google::protobuf::FieldDescriptor* record_field;

  // Makes a message of this kind the content of `submission` and returns it.
  google::protobuf::Message& ContentOf(v1::Submission& submission) const;
};

// Events, then the kinds of record in the order of the schema. A kind added to the
// schema can be imported without a change here.
const std::vector<ImportKind>& ImportKinds();

// Null if no kind has this name.
const ImportKind* FindImportKind(absl::string_view name);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_IMPORT_KINDS_H_
