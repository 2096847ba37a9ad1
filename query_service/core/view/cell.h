// Cells, the finest figures that a view keeps, and postings, which change them.
//
// Thread-safety: plain values.
#ifndef QUERY_SERVICE_CORE_VIEW_CELL_H_
#define QUERY_SERVICE_CORE_VIEW_CELL_H_

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cassert>
#include <cstdint>
#include <type_traits>

#include "common/domain/day.h"
#include "common/ledger/entry.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Index in the view's text table; 0 is the empty text.
using TextId = uint32_t;
// Index of a cell, in order of first appearance.
using CellId = uint32_t;

// The coordinates of a figure. All its people are of one sex.
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
  v1::EventStatus status = v1::EVENT_STATUS_ACTUAL;
  v1::Qualifier qualifier = v1::QUALIFIER_UNSPECIFIED;

  // False for the cells of entries that are not events. They exist so that every
  // entry has a posting; no question counts them.
  bool of_events() const { return kind != v1::KIND_UNSPECIFIED; }

  friend bool operator==(const CellKey&, const CellKey&) = default;
};

// Hashes the bytes of the key: fast, since every event is looked up.
struct CellKeyHash {
  size_t operator()(const CellKey& key) const {
    static_assert(std::has_unique_object_representations_v<CellKey>);
    return XXH3_64bits(&key, sizeof(key));
  }
};

// Bit set of the dimensions that a roll-up may drop. Mission, kind, category, sex,
// status and qualifier are always kept, since they have few values.
using CellDimensions = uint8_t;
inline constexpr CellDimensions kByCountry = 1;
inline constexpr CellDimensions kBySite = 2;
inline constexpr CellDimensions kByDestinationSite = 4;
inline constexpr CellDimensions kByUnit = 8;
inline constexpr CellDimensions kByDay = 16;
inline constexpr CellDimensions kByAll = 31;

// `key` without the dimensions that are not in `kept`.
inline CellKey Project(const CellKey& key, CellDimensions kept) {
  CellKey projected = key;
  if (!(kept & kByCountry)) projected.country = 0;
  if (!(kept & kBySite)) projected.site = 0;
  if (!(kept & kByDestinationSite)) projected.destination_site = 0;
  if (!(kept & kByUnit)) projected.unit = 0;
  if (!(kept & kByDay)) projected.day = 0;
  return projected;
}

// What an entry changes in one cell: adds people, or subtracts them if the entry
// reverses an earlier one.
//
// An event whose source gives the number of women has a cell for each sex that is
// present. It counts as one event in each, but only once (`whole`) in sums over
// both sexes.
//
// Eight bytes, since a view holds one for every event ever recorded.
class Posting {
 public:
  // REQUIRES: 1 <= |headcount| <= kHeadcountMax. `whole`: this posting counts the
  // event in sums over both sexes. `last`: it is the last posting of its entry.
  Posting(CellId cell, int32_t headcount, bool whole, bool last)
      : cell_(cell), bits_(headcount * 4 + (whole ? 2 : 0) + (last ? 1 : 0)) {
    assert(headcount != 0 && headcount >= -kHeadcountMax && headcount <= kHeadcountMax);
  }
  Posting() = default;

  CellId cell() const { return cell_; }
  int32_t headcount() const { return bits_ >> 2; }
  int32_t events() const { return bits_ < 0 ? -1 : 1; }
  int32_t whole_events() const { return whole() ? events() : 0; }
  bool whole() const { return (bits_ & 2) != 0; }
  bool last() const { return (bits_ & 1) != 0; }
  void set_cell(CellId cell) { cell_ = cell; }
  void set_last(bool last) { bits_ = (bits_ & ~1) | (last ? 1 : 0); }
  bool IsValid() const {
    return headcount() != 0 && headcount() >= -kHeadcountMax && headcount() <= kHeadcountMax;
  }

  friend bool operator==(const Posting&, const Posting&) = default;

 private:
  CellId cell_ = 0;
  int32_t bits_ = 0;
};
static_assert(sizeof(Posting) == 8);

// The totals of a cell.
struct CellTotal {
  int64_t headcount = 0;
  int32_t events = 0;
  int32_t whole_events = 0;  // see Posting

  void Add(const CellTotal& other) {
    headcount += other.headcount;
    events += other.events;
    whole_events += other.whole_events;
  }
  void Add(const Posting& posting) {
    headcount += posting.headcount();
    events += posting.events();
    whole_events += posting.whole_events();
  }
  void Subtract(const Posting& posting) {
    headcount -= posting.headcount();
    events -= posting.events();
    whole_events -= posting.whole_events();
  }

  friend bool operator==(const CellTotal&, const CellTotal&) = default;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_VIEW_CELL_H_
