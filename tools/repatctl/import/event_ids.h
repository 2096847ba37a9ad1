// Ids for events, records and corrections that come without one, derived from
// their content, so that sending the same thing again is recognised by the
// ledger and changes nothing.
//
// Canonical content: every column but the id that is not empty, sorted by
// name, each as LENGTH ":" NAME LENGTH ":" TEXT with the length in bytes, where
// TEXT is what MessageColumns::Text() gives. It does not depend on the order of
// a file's columns, nor on absent ones, nor on leading zeros.
//
//   id of an event       "csv-" + first 32 hexadecimal digits of
//                        SHA-256(canonical content, "#", ordinal)
//   id of a movement between two strength tables
//                        "csv-" + first 32 hexadecimal digits of
//                        SHA-256("movement#", length-prefixed mission, series,
//                        country and name of the category, the later table's day)
//   id of a record       "rec-" + first 32 hexadecimal digits of
//                        SHA-256(name of its message type, "#",
//                        canonical content, "#", ordinal)
//   id of a correction   "cor-" + first 32 hexadecimal digits of
//                        SHA-256("amend", "void" or "release", "#",
//                        length-prefixed event_id and reason, canonical content)
//
// A movement's id leaves out what a correction of a table changes, its headcount
// and direction and the earlier table's day among it: under an id of its own the
// corrected movement would count everybody again. So the ledger rejects it, and
// the event that is there has to be amended.
//
// The ordinal counts what has equal content in one file from 0: two flights of
// 60 people on one day may well read the same, and a mark may go back to where
// it was.
#ifndef TOOLS_REPATCTL_IMPORT_EVENT_IDS_H_
#define TOOLS_REPATCTL_IMPORT_EVENT_IDS_H_

#include <compare>
#include <cstdint>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "repatriation/v1/event.pb.h"
#include "tools/repatctl/fields/message_columns.h"

namespace repatriation {

// The id of the `ordinal`-th event of this content, from 0. Pure.
std::string DerivedEventId(const v1::Event& event, int64_t ordinal);

// The id of the movement of `series` that `event` is, on the later table's day.
// Pure.
std::string DerivedMovementId(absl::string_view series, const v1::Event& event);

// The id of a correction of `event_id`; `content` is null for a voiding. Pure.
std::string DerivedCorrectionId(absl::string_view event_id, absl::string_view reason,
                                const v1::Event* content);

// The id of a release of `event_id` from quarantine. Pure.
std::string DerivedReleaseId(absl::string_view event_id, absl::string_view reason);

// Gives the events or records of one file their ids, counting equal ones. Keeps
// the 16 bytes of the id for each distinct content, in a tree since a hash table
// would take up to three times that while it grows. Thread-compatible.
class IdSequence {
 public:
  // `columns` are those of the file's messages and must outlive this.
  explicit IdSequence(const MessageColumns& columns) : columns_(columns) {}

  std::string IdFor(const google::protobuf::Message& message);

 private:
  // First half of a SHA-256.
  struct Key {
    uint64_t high;
    uint64_t low;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  const MessageColumns& columns_;
  absl::btree_set<Key> seen_;
  // How often, for contents seen more than once.
  absl::btree_map<Key, int64_t> repeated_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_EVENT_IDS_H_
