// Ids for events, records and corrections without one, derived from their content,
// so that the ledger recognises a resend as a duplicate.
//
// Canonical content: every non-empty column but the id, sorted by name, each as
// LENGTH ":" NAME LENGTH ":" TEXT with the length in bytes, where TEXT is
// MessageColumns::Text(). It does not depend on the order of a file's columns,
// on absent columns, or on leading zeros.
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
// A movement's id omits what a correction of a table changes: headcount, direction
// and the earlier table's day. With a new id the corrected movement would be
// counted in addition to the recorded one. With the same id the ledger rejects it,
// and the recorded event has to be amended.
//
// The ordinal numbers equal content within one file from 0: two flights of 60
// people on one day may read the same, and a mark may return to an earlier value.
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

// The id of the movement `event` of `series`; `event.day` is the later table's.
// Pure.
std::string DerivedMovementId(absl::string_view series, const v1::Event& event);

// The id of a correction of `event_id`; `content` is null for a voiding. Pure.
std::string DerivedCorrectionId(absl::string_view event_id, absl::string_view reason,
                                const v1::Event* content);

// The id of a release of `event_id` from quarantine. Pure.
std::string DerivedReleaseId(absl::string_view event_id, absl::string_view reason);

// Assigns ids to the events or records of one file, numbering equal ones. Stores 16
// bytes for each distinct content, in a tree since a hash table needs up to three
// times that while it grows. Thread-compatible.
class IdSequence {
 public:
  // `columns` are those of the file's message type and must outlive this.
  explicit IdSequence(const MessageColumns& columns) : columns_(columns) {}

  std::string IdFor(const google::protobuf::Message& message);

 private:
  // The first half of a SHA-256.
  struct Key {
    uint64_t high;
    uint64_t low;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  const MessageColumns& columns_;
  absl::btree_set<Key> seen_;
  // Repetitions of contents seen more than once.
  absl::btree_map<Key, int64_t> repeated_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_IMPORT_EVENT_IDS_H_
