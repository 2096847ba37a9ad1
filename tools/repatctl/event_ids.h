// Ids for events and corrections that come without one, derived from their
// content, so that sending the same thing again is recognised by the ledger
// and changes nothing.
//
// Canonical content of an event: every column but event_id that is not empty,
// sorted by name, each as LENGTH ":" NAME LENGTH ":" TEXT with the length in
// bytes, where TEXT is what EventFieldText() gives. It does not depend on the
// order of a file's columns, nor on absent ones, nor on leading zeros.
//
//   id of an event       "csv-" + first 32 hexadecimal digits of
//                        SHA-256(canonical content, "#", ordinal)
//   id of a correction   "cor-" + first 32 hexadecimal digits of
//                        SHA-256("amend" or "void", "#", length-prefixed
//                        event_id and reason, canonical content)
//
// The ordinal counts the events of equal content in one file from 0: two
// flights of 60 people on one day may well read the same.
#ifndef TOOLS_REPATCTL_EVENT_IDS_H_
#define TOOLS_REPATCTL_EVENT_IDS_H_

#include <compare>
#include <cstdint>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "common/base/sha256.h"
#include "repatriation/v1/event.pb.h"

namespace repatriation {

// The id of the `ordinal`-th event of this content, from 0. Pure.
std::string DerivedEventId(const v1::Event& event, int64_t ordinal);

// The id of a correction of `event_id`; `content` is null for a voiding. Pure.
std::string DerivedCorrectionId(absl::string_view event_id, absl::string_view reason,
                                const v1::Event* content);

// Gives the events of one file their ids, counting equal ones. Keeps the 16
// bytes of the id for each distinct content, in a tree since a hash table would
// take up to three times that while it grows. Thread-compatible.
class EventIdSequence {
 public:
  std::string IdFor(const v1::Event& event);

 private:
  // First half of a SHA-256.
  struct Key {
    uint64_t high;
    uint64_t low;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  absl::btree_set<Key> seen_;
  // How often, for contents seen more than once.
  absl::btree_map<Key, int64_t> repeated_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_EVENT_IDS_H_
