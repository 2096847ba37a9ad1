#include "query_service/core/reconciliation/verdict_history.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/types/optional.h"

namespace repatriation {
namespace {

// Entries processed per read lock: about a millisecond, a few more if they affect
// statements.
constexpr Position kEntriesAtOnce = 1 << 17;

// Limit of re-evaluations with other tables or mandates, over all statements.
constexpr size_t kRescopesMax = 5000;

// Records from `first` through `last` that may change verdicts, undone as one.
struct Step {
  Position first = 0;
  Position last = 0;
  bool of_tables = false;
  bool of_mandate = false;
  // Earliest position for a verdict that changes in this step: the last of the tables
  // and mandates that are undone together.
  Position since = 0;

  // Whether it may change which cells count for statements.
  bool affects_scope() const { return of_tables || of_mandate; }
};

// The first day of the drawdown, the only part of a mandate that affects verdicts.
absl::optional<DayNumber> DrawdownStart(const v1::Mandate& mandate) {
  return ParseDay(mandate.drawdown_start());
}

class VerdictWalk {
 public:
  VerdictWalk(const LedgerView& view, absl::string_view mission,
              const std::deque<RecordBook::Record>& records, Position known_at,
              absl::Span<const StatementAt> statements)
      : view_(view), records_(records), position_(known_at) {
    LoadCells(mission);
    tables_ = std::make_unique<StrengthTables>(records_, position_);
    const v1::Mandate* const mandate = MandateNow();
    for (const StatementAt& at : statements) AddStatement(at, mandate);
    pending_ = statements_.size();
  }

  std::vector<JudgedStatement> Run() && {
    for (const Step& step : Steps()) {
      if (pending_ == 0) break;
      since_min_ = step.since;
      RewindTo(step.last);
      FinishStatementAt(step.last);
      RewindTo(step.first - 1);
      Reconsider(step);
    }
    std::vector<JudgedStatement> judged;
    for (TrackedStatement& tracked : statements_) judged.push_back(std::move(tracked.judged));
    return judged;
  }

 private:
  // A cell of the mission, with its total at position_.
  struct Cell {
    CellKey key;
    CellTotal total;
    // Its effects by statement index; valid if `effects_known`.
    bool effects_known = false;
    std::vector<std::pair<size_t, StatementScope::Effect>> effects;
  };

  struct TrackedStatement {
    JudgedStatement judged;
    // As of position_; `others` are those for which MayBeMislabelled().
    std::vector<StatementAt> others;
    StatedElsewhere elsewhere;
    StatementScope scope;
    EventSums sums;
    bool done = false;
    bool touched = false;
  };

  void LoadCells(absl::string_view mission) {
    const LedgerView::Reader reader(view_);
    const auto id = reader.FindText(mission);
    if (!id.has_value()) return;
    const Rollup& rollup = reader.RollupBy(kByAll);
    std::vector<CellTotal> storage;
    const auto totals = reader.TotalsAt(rollup, position_, storage);
    slot_of_.assign(rollup.cells().size(), kNoSlot);
    for (size_t i = 0; i < rollup.cells().size(); ++i) {
      const CellKey& key = rollup.cells()[i];
      if (key.mission != *id || !key.of_events() || key.status != v1::EVENT_STATUS_ACTUAL) continue;
      slot_of_[i] = static_cast<uint32_t>(cells_.size());
      cells_.push_back({key, i < totals.size() ? totals[i] : CellTotal(), false, {}});
    }
  }

  const v1::Mandate* MandateNow() const { return MandateAt(records_, position_); }

  void AddStatement(const StatementAt& at, const v1::Mandate* mandate) {
    StatementScope scope(*at.statement, mandate, *tables_);
    scope.Resolve(LedgerView::Reader(view_));
    TrackedStatement tracked{{at, scope, Finding(), 0}, {}, {}, scope, EventSums()};
    for (const RecordBook::Record& record : records_) {
      if (record.content.has_statement() &&
          MayBeMislabelled(*at.statement, record.content.statement())) {
        tracked.others.push_back({record.position, &record.content.statement()});
      }
    }
    tracked.elsewhere = FindElsewhere(*at.statement, tracked.others);
    AddUp(tracked);
    tracked.judged.finding = Judge(*at.statement, scope, tracked.sums, tracked.elsewhere);
    statements_.push_back(std::move(tracked));
  }

  void AddUp(TrackedStatement& tracked) const {
    tracked.sums = EventSums();
    for (const Cell& cell : cells_) {
      if (cell.total == CellTotal()) continue;
      Count(tracked, tracked.scope.EffectOf(cell.key), cell.key, cell.total, 1);
    }
  }

  static void Count(TrackedStatement& tracked, const StatementScope::Effect& effect,
                    const CellKey& key, const CellTotal& total, int times) {
    if (effect.departed) tracked.sums.departed.Add(key, total, 1, times);
    if (effect.net != 0) tracked.sums.net.Add(key, total, effect.net, times);
  }

  // The mandates that change the start of the drawdown.
  absl::flat_hash_set<Position> MandatesThatMatter() const {
    absl::flat_hash_set<Position> positions;
    absl::optional<DayNumber> start;
    for (const RecordBook::Record& record : records_) {
      if (!record.content.has_mandate()) continue;
      const auto next = DrawdownStart(record.content.mandate());
      if (next != start) positions.insert(record.position);
      start = next;
    }
    return positions;
  }

  // From last to first.
  std::vector<Step> Steps() const {
    std::vector<Step> steps;
    const auto mandates = MandatesThatMatter();
    const LedgerView::Reader reader(view_);
    for (auto record = records_.rbegin(); record != records_.rend(); ++record) {
      if (!record->content.has_statement() && !record->content.has_strength() &&
          !mandates.contains(record->position)) {
        continue;
      }
      const bool of_tables = record->content.has_strength();
      const bool follows =
          of_tables && !steps.empty() && steps.back().of_tables &&
          steps.back().first == record->position + 1 &&
          reader.TimeOfPosition(record->position) == reader.TimeOfPosition(record->position + 1);
      if (follows) {
        steps.back().first = record->position;
      } else {
        steps.push_back(
            {record->position, record->position, of_tables, record->content.has_mandate()});
      }
    }
    return MergeSteps(std::move(steps));
  }

  // If there are too many tables and mandates, merges several into one step, at the
  // first of them.
  std::vector<Step> MergeSteps(std::vector<Step> steps) const {
    const auto scope_steps = static_cast<size_t>(std::count_if(
        steps.begin(), steps.end(), [](const Step& step) { return step.affects_scope(); }));
    const size_t rescopes_max = std::max<size_t>(5, kRescopesMax / std::max<size_t>(1, pending_));
    const size_t at_once = (scope_steps + rescopes_max - 1) / rescopes_max;
    if (at_once <= 1) return steps;
    std::vector<Step> merged;
    Step together;
    size_t seen = 0;
    for (Step step : steps) {
      if (step.affects_scope()) {
        if (seen % at_once == 0) together = step;
        together.of_tables |= step.of_tables;
        together.of_mandate |= step.of_mandate;
        const bool ends = ++seen % at_once == 0 || seen == scope_steps;
        if (!ends) continue;
        step.of_tables = together.of_tables;
        step.of_mandate = together.of_mandate;
        step.since = std::exchange(together, Step()).last;
      } else {
        step.since = std::max(step.last, together.last);
      }
      merged.push_back(step);
    }
    return merged;
  }

  // Undoes the entries after `position`, and rejudges the statements that they affect.
  void RewindTo(Position position) {
    while (position_ > position && pending_ > 0) {
      const LedgerView::Reader reader(view_);
      const Position stop = std::max(position, position_ - kEntriesAtOnce);
      size_t index = reader.PostingsThrough(position_);
      while (position_ > stop) {
        do {
          Undo(reader.PostingAt(--index));
        } while (index > 0 && !reader.PostingAt(index - 1).last());
        const Position entry = position_--;
        for (const size_t i : touched_) Rejudge(statements_[i], entry);
        touched_.clear();
      }
    }
  }

  void Undo(const Posting& posting) {
    const uint32_t slot = slot_of_[posting.cell()];
    if (slot == kNoSlot) return;
    Cell& cell = cells_[slot];
    cell.total.Subtract(posting);
    if (!cell.effects_known) FindEffects(cell);
    CellTotal change;
    change.Add(posting);
    for (const auto& [i, effect] : cell.effects) {
      TrackedStatement& tracked = statements_[i];
      if (tracked.done) continue;
      Count(tracked, effect, cell.key, change, -1);
      if (!std::exchange(tracked.touched, true)) touched_.push_back(i);
    }
  }

  void FindEffects(Cell& cell) const {
    cell.effects_known = true;
    cell.effects.clear();
    for (size_t i = 0; i < statements_.size(); ++i) {
      const StatementScope::Effect effect = statements_[i].scope.EffectOf(cell.key);
      if (effect.any() && !statements_[i].done) cell.effects.push_back({i, effect});
    }
  }

  // Judges as of position_. If the verdict differs, the later one dates from
  // `changed_at`.
  void Rejudge(TrackedStatement& tracked, Position changed_at) {
    tracked.touched = false;
    if (tracked.done) return;
    const Finding finding =
        Judge(*tracked.judged.at.statement, tracked.scope, tracked.sums, tracked.elsewhere);
    if (finding.verdict != tracked.judged.finding.verdict) Finish(tracked, changed_at);
  }

  void Finish(TrackedStatement& tracked, Position since) {
    tracked.judged.since = std::max(since, since_min_);
    tracked.done = true;
    --pending_;
  }

  // A statement has no verdict before its own position.
  void FinishStatementAt(Position position) {
    for (TrackedStatement& tracked : statements_) {
      if (!tracked.done && tracked.judged.at.position == position) Finish(tracked, position);
    }
  }

  // Judges as of just before the records of `step`.
  void Reconsider(const Step& step) {
    if (step.of_tables) tables_ = std::make_unique<StrengthTables>(records_, position_);
    const v1::Mandate* const mandate = MandateNow();
    bool moved = false;
    for (TrackedStatement& tracked : statements_) {
      if (tracked.done) continue;
      const bool loses_other = DropLaterStatements(tracked);
      if (!step.affects_scope() && !loses_other) continue;
      if (step.affects_scope()) moved |= Rescope(tracked, mandate);
      Rejudge(tracked, step.last);
    }
    if (!moved) return;
    for (Cell& cell : cells_) cell.effects_known = false;
  }

  // Drops `others` that were not recorded yet; false if there are none.
  bool DropLaterStatements(TrackedStatement& tracked) const {
    const size_t known = tracked.others.size();
    while (!tracked.others.empty() && tracked.others.back().position > position_) {
      tracked.others.pop_back();
    }
    if (tracked.others.size() == known) return false;
    tracked.elsewhere = FindElsewhere(*tracked.judged.at.statement, tracked.others);
    return true;
  }

  // Recomputes the scope; true if other cells count now.
  bool Rescope(TrackedStatement& tracked, const v1::Mandate* mandate) const {
    StatementScope scope(*tracked.judged.at.statement, mandate, *tables_);
    scope.ResolveAs(tracked.scope);
    std::swap(tracked.scope, scope);
    if (tracked.scope.CountsSameCellsAs(scope)) return false;
    AddUp(tracked);
    return true;
  }

  static constexpr uint32_t kNoSlot = UINT32_MAX;

  const LedgerView& view_;
  const std::deque<RecordBook::Record>& records_;
  Position position_;
  std::vector<uint32_t> slot_of_;  // by CellId
  std::vector<Cell> cells_;
  std::unique_ptr<StrengthTables> tables_;  // as of the last step that changed them
  std::vector<TrackedStatement> statements_;
  std::vector<size_t> touched_;
  size_t pending_ = 0;
  Position since_min_ = 0;  // Step::since of the current step
};

}  // namespace

std::vector<JudgedStatement> JudgeStatements(const LedgerView& view, absl::string_view mission,
                                             const std::deque<RecordBook::Record>& records,
                                             Position known_at,
                                             absl::Span<const StatementAt> statements) {
  return VerdictWalk(view, mission, records, known_at, statements).Run();
}

}  // namespace repatriation
