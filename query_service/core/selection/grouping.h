// Breaks figures down by dimensions.
//
// Thread-safety: immutable; functions are pure.
#ifndef QUERY_SERVICE_CORE_SELECTION_GROUPING_H_
#define QUERY_SERVICE_CORE_SELECTION_GROUPING_H_

#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "query_service/core/view/ledger_view.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// A group's values, in the order of the dimensions: text ids and enum numbers.
using GroupValues = absl::InlinedVector<uint32_t, 4>;

class Grouping {
 public:
  // INVALID_ARGUMENT naming the field: unknown or repeated dimensions, or both CATEGORY
  // and CATEGORY_GROUP.
  static absl::StatusOr<Grouping> Make(const google::protobuf::RepeatedField<int>& group_by);

  GroupValues ValuesOf(const CellKey& key) const;

  // Orders groups: texts by their bytes, enums by number.
  bool Less(const GroupValues& a, const GroupValues& b, const LedgerView::Reader& reader) const;

  void ToProto(const GroupValues& values, const LedgerView::Reader& reader, v1::Group* group) const;

  // Whether there are no dimensions, so that everything is one group.
  bool IsOfEverything() const { return dimensions_.empty(); }
  bool by_sex() const { return by_sex_; }
  // Those that a roll-up may drop.
  CellDimensions dimensions() const { return cell_dimensions_; }

 private:
  std::vector<v1::Dimension> dimensions_;
  bool by_sex_ = false;
  CellDimensions cell_dimensions_ = 0;
};

// Sums a figure from cells.
class FigureSum {
 public:
  void Add(const CellTotal& total) {
    headcount_ += total.headcount;
    events_ += total.events;
    whole_events_ += total.whole_events;
  }
  void Add(const FigureSum& other) {
    headcount_ += other.headcount_;
    events_ += other.events_;
    whole_events_ += other.whole_events_;
  }
  int64_t headcount() const { return headcount_; }
  // `by_sex`: the sum is over people of one sex only. An event has a cell for each sex.
  void ToProto(bool by_sex, v1::Figure* figure) const {
    figure->set_headcount(headcount_);
    figure->set_events(by_sex ? events_ : whole_events_);
  }

 private:
  int64_t headcount_ = 0;
  int64_t events_ = 0;
  int64_t whole_events_ = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_SELECTION_GROUPING_H_
