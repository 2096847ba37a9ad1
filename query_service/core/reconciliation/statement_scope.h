// What the ledger has for a published figure: the events and strength tables of the
// people and days that a statement is about.
//
// Thread-safety: plain values; all functions are pure.
#ifndef QUERY_SERVICE_CORE_RECONCILIATION_STATEMENT_SCOPE_H_
#define QUERY_SERVICE_CORE_RECONCILIATION_STATEMENT_SCOPE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/domain/category.h"
#include "common/domain/day.h"
#include "query_service/core/records/strength_tables.h"
#include "query_service/core/view/cell.h"
#include "query_service/core/view/ledger_view.h"

namespace repatriation {

// A figure that the ledger has.
struct RecordedFigure {
  int64_t headcount = 0;
  absl::optional<int64_t> female;  // if all its sources give it
};

// What the ledger has for one measure.
struct MeasuredFigures {
  absl::optional<RecordedFigure> by_events;
  absl::optional<RecordedFigure> by_strength;
};

// One table's figure.
struct TableFigure {
  std::string series;
  DayNumber as_of = 0;
  RecordedFigure figure;
};

// A sum over events.
struct EventSum {
  int64_t headcount = 0;
  int64_t female = 0;
  int64_t sex_unknown = 0;  // people of events that do not give the sex
  int64_t events = 0;       // 0 only if there are none

  // `sign` is 1 if the people increase the figure, -1 if they decrease it; `times` is 1
  // to add them, -1 to undo that.
  void Add(const CellKey& key, const CellTotal& total, int sign, int times);
};

// The two sums that statements are compared with.
struct EventSums {
  EventSum departed;  // repatriated in the statement's period
  EventSum net;       // change of the strength since the baseline's day
};

class StatementScope {
 public:
  // How a cell's people count: as departed, and in the strength (-1: they left, 1: they
  // arrived).
  struct Effect {
    bool departed = false;
    int net = 0;
    bool any() const { return departed || net != 0; }
  };

  // `mandate` may be null. The baseline is StrengthTables::Choose() for the first day of
  // the statement's period: its `from`, or the start of the drawdown. Without either, it
  // is the beginning of time for MEASURE_DEPARTED and the statement's day otherwise.
  StatementScope(const v1::Statement& statement, const v1::Mandate* mandate,
                 const StrengthTables& tables);

  // Looks up the ids of the statement's names; an unknown name matches no cell. Call
  // once, before EffectOf().
  void Resolve(const LedgerView::Reader& reader);
  // Likewise, with the ids of another scope of the same statement.
  void ResolveAs(const StatementScope& other);

  // REQUIRES: the cell is one of the statement's mission.
  Effect EffectOf(const CellKey& key) const;

  // Whether every cell has the same effect in both.
  bool CountsSameCellsAs(const StatementScope& other) const {
    return departed_days_.from == other.departed_days_.from &&
           net_days_.from == other.net_days_.from && net_days_.to == other.net_days_.to;
  }

  MeasuredFigures FiguresOf(v1::Measure measure, const EventSums& sums) const;

  // The events that add up to a figure of `measure` by events, except relocations to
  // the site.
  v1::Filter FilterOf(v1::Measure measure) const;

  // The period of departures; without a start if `from` is INT32_MIN.
  const DayInterval& departed_days() const { return departed_days_; }
  // Absent if no table covers these people.
  const absl::optional<TableFigure>& baseline() const { return baseline_; }
  // The last table of the same series up to the day.
  const absl::optional<TableFigure>& last() const { return last_; }

 private:
  struct Name {
    std::string text;  // empty: any
    TextId id = 0;
    bool Matches(TextId other) const { return text.empty() || other == id; }
  };

  std::string mission_;
  v1::Category category_;
  CategorySet leaves_;
  Name country_;
  Name site_;
  DayInterval departed_days_;
  DayInterval net_days_;  // empty without a baseline
  absl::optional<TableFigure> baseline_;
  absl::optional<TableFigure> last_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_RECONCILIATION_STATEMENT_SCOPE_H_
