// What one block changes in a replica's view: computed from the block before
// anything is written, stored beside the block in the same write, and applied
// to memory after it. Reading all of them in order rebuilds the view without
// reading the events again.
//
// Thread-safety: plain values.
#ifndef QUERY_SERVICE_CORE_VIEW_VIEW_DELTA_H_
#define QUERY_SERVICE_CORE_VIEW_VIEW_DELTA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/ledger/block.h"
#include "query_service/core/view/cell.h"

namespace repatriation {

// That the entry at `position` corrects the event at `target`.
struct Correction {
  Position position = 0;
  Position target = 0;
  // The entry that gives the event its content from here on: this one, or of a
  // release from quarantine the one before; 0 if the event is voided.
  Position content = 0;

  bool voids() const { return content == 0; }

  friend bool operator==(const Correction&, const Correction&) = default;
};

// A record that the entry at `position` holds.
struct RecordAt {
  Position position = 0;
  std::string bytes;  // v1::Record, as EncodeRecord() made them

  friend bool operator==(const RecordAt&, const RecordAt&) = default;
};

struct ViewDelta {
  LedgerTail tail;                      // of the block
  std::vector<std::string> texts;       // new ones, in the order of their ids
  std::vector<CellKey> cells;           // new ones, in the order of their ids
  std::vector<Posting> postings;        // of each entry in order, the last one marked so
  std::vector<Correction> corrections;  // by ascending position
  std::vector<RecordAt> records;        // by ascending position

  friend bool operator==(const ViewDelta&, const ViewDelta&) = default;
};

// The stored form:
//
//   delta    := recorded_time_us hash texts cells postings corrections records
//   texts    := count (size bytes)*
//   cells    := count (mission country site destination_site unit day kind category sex
//                      status qualifier)*
//   postings := count (cell:u32 change:i32)*
//   corrections := count (distance target_distance content)*
//   records  := count (distance size bytes)*
//
// Numbers are varints, those that can be negative zig-zag, but for a posting's,
// which are little-endian; `change` is 4 * headcount + 2 * whole + last, `hash`
// is 32 bytes; `distance` is the tail's position less the entry's,
// `target_distance` the entry's less its target's; `content` is 0 for none, or 1
// more than the entry's position less that of the content. The tail's position
// is the key.
std::string EncodeViewDelta(const ViewDelta& delta);

// DATA_LOSS if `bytes` are not the stored form of a delta that ends at
// `position`.
absl::StatusOr<ViewDelta> DecodeViewDelta(Position position, absl::string_view bytes);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_VIEW_DELTA_H_
