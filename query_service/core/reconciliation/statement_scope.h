// What the ledger has to hold against a published figure: of the people and
// days that a statement speaks of, what events count and what strength tables
// give.
//
// Thread-safety: plain values; all functions are pure.
#ifndef QUERY_SERVICE_CORE_RECONCILIATION_STATEMENT_SCOPE_H_
#define QUERY_SERVICE_CORE_RECONCILIATION_STATEMENT_SCOPE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/domain/category.h"
#include "common/domain/day.h"
#include "query_service/core/view/cell.h"
#include "query_service/core/view/ledger_view.h"
#include "query_service/core/records/strength_tables.h"

namespace repatriation {

// A figure that the ledger has.
struct RecordedFigure {
  int64_t headcount = 0;
  absl::optional<int64_t> female;  // where all that it is made of says how many
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

// Events that were added up.
struct EventSum {
  int64_t headcount = 0;
  int64_t female = 0;
  int64_t sex_unknown = 0;  // people of events that do not say
  int64_t events = 0;       // 0 only if there is none

  // `sign` says whether the people add to the figure or take from it, `times`
  // 1 whether they come in or -1 that they are taken back.
  void Add(const CellKey& key, const CellTotal& total, int sign, int times);
};

// Both sums that a statement can be about.
struct EventSums {
  EventSum departed;  // repatriated in the statement's period
  EventSum net;       // change of the strength since the baseline's day
};

class StatementScope {
 public:
  // How a cell's people count: in the departed, and in the strength (-1 they
  // went, 1 they came).
  struct Effect {
    bool departed = false;
    int net = 0;
    bool any() const { return departed || net != 0; }
  };

  // As the records say: `mandate`, which may be null, and `tables`. The
  // baseline is what StrengthTables::Choose() gives for the first day of the
  // statement's period: its `from`, or that of the drawdown; without either the
  // beginning, or, of those who remain or were there at first, the statement's
  // day.
  StatementScope(const v1::Statement& statement, const v1::Mandate* mandate,
                 const StrengthTables& tables);

  // Looks up the ids of the statement's names; one that the view does not have
  // matches no cell. Once, before EffectOf().
  void Resolve(const LedgerView::Reader& reader);
  // The ids of another scope of the same statement.
  void ResolveAs(const StatementScope& other);

  // REQUIRES: the cell is one of the statement's mission.
  Effect EffectOf(const CellKey& key) const;

  // Whether the same cells have the same effect.
  bool CountsAs(const StatementScope& other) const {
    return departed_days_.from == other.departed_days_.from &&
           net_days_.from == other.net_days_.from && net_days_.to == other.net_days_.to;
  }

  MeasuredFigures FiguresOf(v1::Measure measure, const EventSums& sums) const;

  // The events that a figure of `measure` by events is made of. Those who came
  // to a site from another one are not among them.
  v1::Filter FilterOf(v1::Measure measure) const;

  // The period of departures; unbounded at the beginning if INT32_MIN.
  const DayInterval& departed_days() const { return departed_days_; }
  // Absent where no table says anything of these people.
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
