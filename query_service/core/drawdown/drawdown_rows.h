// Arrivals and departures of a drawdown, in total and by group, summed from cells.
//
// Thread-safety: one thread at a time.
#ifndef QUERY_SERVICE_CORE_DRAWDOWN_DRAWDOWN_ROWS_H_
#define QUERY_SERVICE_CORE_DRAWDOWN_DRAWDOWN_ROWS_H_

#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "query_service/core/drawdown/drawdown_question.h"
#include "query_service/core/selection/cell_filter.h"

namespace repatriation {

// Net change of strength by day; departures are negative.
using DailyChanges = std::map<DayNumber, int64_t>;

// The people of one group, by kind of movement.
class Flows {
 public:
  // A cell's side: relocations have two, since they leave one site and reach another.
  enum class Side { kOnly, kLeft, kReached };

  void Add(const CellKey& key, Side side, int64_t headcount, const DayInterval& days);

  // The change of strength per person: 1 or -1.
  static int ChangeOf(v1::Kind kind, Side side);

  // Net change of strength.
  int64_t change() const {
    return arrived_ + relocated_in_ - departed_ - separated_ - died_ - relocated_out_;
  }
  bool moved() const { return moved_; }

  // Sets everything but the group.
  void ToProto(absl::optional<int64_t> baseline, v1::DrawdownRow* row) const;

 private:
  bool moved_ = false;  // whether anything was added
  int64_t departed_ = 0;
  int64_t arrived_ = 0;
  int64_t separated_ = 0;
  int64_t died_ = 0;
  int64_t relocated_in_ = 0;
  int64_t relocated_out_ = 0;
  int64_t quarantined_ = 0;
  int64_t planned_ = 0;
  int64_t planned_later_ = 0;
};

class DrawdownRows {
 public:
  // Sums the cells as known at `known_at`: what happened on `days`, and what is planned
  // for later. All arguments must outlive the rows.
  DrawdownRows(const DrawdownQuestion& question, const DayInterval& days,
               const LedgerView::Reader& reader, Position known_at);

  const Flows& total() const { return total_; }
  // Of the total: what happened on the days, and what is planned after them.
  const DailyChanges& happened() const { return happened_; }
  const DailyChanges& planned() const { return planned_; }

  // The rows by group, with the strength in `table` (null: none).
  void ToProto(const StrengthTable* table,
               google::protobuf::RepeatedPtrField<v1::DrawdownRow>* rows);

 private:
  void AddCell(const CellKey& key, int64_t headcount);
  void AddSide(const CellKey& key, Flows::Side side, int64_t headcount);
  // Whether `row` gives the strength of one group, or of a part of it.
  bool BelongsToOneGroup(const v1::StrengthReport& row) const;
  // Adds a group for each row of `table` that belongs to one.
  void AddGroupsOf(const StrengthTable& table);
  People PeopleOf(const v1::Group& group) const;

  const DrawdownQuestion& question_;
  const DayInterval days_;
  const LedgerView::Reader& reader_;
  absl::flat_hash_set<TextId> sites_;  // of the filter; if it has none, all match
  Flows total_;
  DailyChanges happened_;
  DailyChanges planned_;
  absl::flat_hash_map<GroupValues, Flows> groups_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_DRAWDOWN_DRAWDOWN_ROWS_H_
