// What one block changes in a replica's view: computed from the block before
// anything is written, stored beside the block in the same write, and applied
// to memory after it. Reading all of them in order rebuilds the view without
// reading the events again.
//
// Thread-safety: plain values.
#ifndef QUERY_SERVICE_CORE_VIEW_DELTA_H_
#define QUERY_SERVICE_CORE_VIEW_DELTA_H_

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/ledger/block.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Number of a text in the view's table of texts; 0 is the empty text.
using TextId = uint32_t;
// Number of a cell, in the order in which cells first appeared.
using CellId = uint32_t;

// The coordinates of a figure: people of one sex, all else being equal too.
struct CellKey {
  TextId mission = 0;
  TextId country = 0;
  TextId site = 0;
  TextId destination_site = 0;
  TextId unit = 0;
  DayNumber day = 0;
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  v1::Category category = v1::CATEGORY_UNSPECIFIED;
  v1::Sex sex = v1::SEX_UNSPECIFIED;

  friend bool operator==(const CellKey&, const CellKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const CellKey& key) {
    return H::combine(std::move(state), key.mission, key.country, key.site, key.destination_site,
                      key.unit, key.day, static_cast<int>(key.kind), static_cast<int>(key.category),
                      static_cast<int>(key.sex));
  }
};

// A change to a cell by the entry at `position`.
//
// An event of which the source gives the number of women lies in two cells,
// one for each sex that is present. It counts as one event in each, but only
// once (`whole_events`) where the sexes are added up.
struct Posting {
  CellId cell = 0;
  Position position = 0;
  int32_t headcount = 0;
  int8_t events = 0;        // +1 or -1
  int8_t whole_events = 0;  // the same in one of the event's cells, 0 in the other

  friend bool operator==(const Posting&, const Posting&) = default;
};

// That the entry at `position` corrects the event at `target`.
struct Correction {
  Position position = 0;
  Position target = 0;
  bool voids = false;

  friend bool operator==(const Correction&, const Correction&) = default;
};

struct ViewDelta {
  LedgerTail tail;                      // of the block
  std::vector<std::string> texts;       // new ones, in the order of their ids
  std::vector<CellKey> cells;           // new ones, in the order of their ids
  std::vector<Posting> postings;        // by ascending position
  std::vector<Correction> corrections;  // by ascending position

  friend bool operator==(const ViewDelta&, const ViewDelta&) = default;
};

// The stored form:
//
//   delta    := recorded_time_us hash texts cells postings corrections
//   texts    := count (size bytes)*
//   cells    := count (mission country site destination_site unit day kind category sex)*
//   postings := count (cell distance headcount events whole_events)*
//   corrections := count (distance target_distance voids)*
//
// Numbers are varints, those that can be negative zig-zag; `hash` is 32 bytes;
// `distance` is the tail's position less the entry's, `target_distance` the
// entry's less its target's. The tail's position is the key.
std::string EncodeViewDelta(const ViewDelta& delta);

// DATA_LOSS if `bytes` are not the stored form of a delta that ends at
// `position`.
absl::StatusOr<ViewDelta> DecodeViewDelta(Position position, absl::string_view bytes);

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_DELTA_H_
