// What one block changes in a replica's view: computed before anything is written,
// stored with the block in one write, then applied in memory. Reading all deltas in
// order rebuilds the view without reading the events.
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

// The entry at `position` corrects the event at `target`.
struct Correction {
  Position position = 0;
  Position target = 0;
  // The entry with the event's content from here on: this one, or for a release from
  // quarantine the previous one; 0 if the event is voided.
  Position content = 0;

  bool voids() const { return content == 0; }

  friend bool operator==(const Correction&, const Correction&) = default;
};

// The record of the entry at `position`.
struct RecordAt {
  Position position = 0;
  std::string bytes;  // v1::Record, encoded by EncodeRecord()

  friend bool operator==(const RecordAt&, const RecordAt&) = default;
};

struct ViewDelta {
  LedgerTail tail;                      // of the block
  std::vector<std::string> texts;       // new ones, by ascending id
  std::vector<CellKey> cells;           // new ones, by ascending id
  std::vector<Posting> postings;        // of each entry in order, its last one marked
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
// Numbers are varints, zig-zag if they can be negative, except in postings, where they
// are little-endian. `change` is 4 * headcount + 2 * whole + last; `hash` is 32 bytes;
// `distance` is the tail's position minus the entry's; `target_distance` is the entry's
// minus its target's; `content` is 0 for none, else the entry's position minus the
// content's, plus 1. The tail's position is the key.
std::string EncodeViewDelta(const ViewDelta& delta);

// DATA_LOSS if `bytes` are not the stored form of a delta that ends at
// `position`.
absl::StatusOr<ViewDelta> DecodeViewDelta(Position position, absl::string_view bytes);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_VIEW_DELTA_H_
