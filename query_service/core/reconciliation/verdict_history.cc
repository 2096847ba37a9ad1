#include "query_service/core/reconciliation/verdict_history.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/types/optional.h"

namespace repatriation {
namespace {

// Entries that are gone through at once while the view is read: about a
// millisecond, and a few more where they touch statements.
constexpr Position kEntriesAtOnce = 1 << 17;

// How many times a statement is held against other tables or another mandate,
// over all statements.
constexpr size_t kScopeLooksMax = 5000;

// Records that may change verdicts, to be gone back over as one: those from
// `first` through `last`.
struct Step {
  Position first = 0;
  Position last = 0;
  bool of_tables = false;
  bool of_mandate = false;
  // A verdict that changes here does so at this position at the earliest: the
  // last of the tables and mandates that are gone over at once.
  Position since = 0;

  // Whether other cells may count for statements.
  bool of_scope() const { return of_tables || of_mandate; }
};

// The first day of the drawdown: all that a verdict takes from a mandate.
absl::optional<DayNumber> DrawdownStart(const v1::Mandate& mandate) {
  return ParseDay(mandate.drawdown_start());
}

class VerdictWalk {
 public:
  VerdictWalk(const LedgerView& view, absl::string_view mission,
              const std::deque<RecordBook::Record>& records, Position known_at,
              absl::Span<const StatementAt> statements)
      : view_(view), records_(records), position_(known_at) {
    TakeCells(mission);
    tables_ = std::make_unique<StrengthTables>(records_, position_);
    const v1::Mandate* const mandate = MandateNow();
    for (const StatementAt& at : statements) Begin(at, mandate);
    undone_ = walked_.size();
  }

  std::vector<JudgedStatement> Run() && {
    for (const Step& step : Steps()) {
      if (undone_ == 0) break;
      since_min_ = step.since;
      GoBackTo(step.last);
      FinishStatementAt(step.last);
      GoBackTo(step.first - 1);
      Reconsider(step);
    }
    std::vector<JudgedStatement> judged;
    for (Walked& walked : walked_) judged.push_back(std::move(walked.judged));
    return judged;
  }

 private:
  // A cell of the mission, with its total at position_.
  struct Cell {
    CellKey key;
    CellTotal total;
    // The statements that it counts for, once they were looked for.
    bool looked_for = false;
    std::vector<std::pair<size_t, StatementScope::Effect>> effects;
  };

  struct Walked {
    JudgedStatement judged;
    // As of position_; `others` are those that it may be confused with.
    std::vector<StatementAt> others;
    StatedElsewhere elsewhere;
    StatementScope scope;
    EventSums sums;
    bool done = false;
    bool touched = false;
  };

  void TakeCells(absl::string_view mission) {
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

  void Begin(const StatementAt& at, const v1::Mandate* mandate) {
    StatementScope scope(*at.statement, mandate, *tables_);
    scope.Resolve(LedgerView::Reader(view_));
    Walked walked{{at, scope, Finding(), 0}, {}, {}, scope, EventSums()};
    for (const RecordBook::Record& record : records_) {
      if (record.content.has_statement() &&
          MayBeMislabelled(*at.statement, record.content.statement())) {
        walked.others.push_back({record.position, &record.content.statement()});
      }
    }
    walked.elsewhere = FindElsewhere(*at.statement, walked.others);
    AddUp(walked);
    walked.judged.finding = Judge(*at.statement, scope, walked.sums, walked.elsewhere);
    walked_.push_back(std::move(walked));
  }

  void AddUp(Walked& walked) const {
    walked.sums = EventSums();
    for (const Cell& cell : cells_) {
      if (cell.total == CellTotal()) continue;
      Count(walked, walked.scope.EffectOf(cell.key), cell.key, cell.total, 1);
    }
  }

  static void Count(Walked& walked, const StatementScope::Effect& effect, const CellKey& key,
                    const CellTotal& total, int times) {
    if (effect.departed) walked.sums.departed.Add(key, total, 1, times);
    if (effect.net != 0) walked.sums.net.Add(key, total, effect.net, times);
  }

  // The mandates that give another beginning of the drawdown than those before.
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

  // From the last one to the first.
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
    return Fewer(std::move(steps));
  }

  // Goes over tables and mandates several at once, at the first of them, if they
  // are too many.
  std::vector<Step> Fewer(std::vector<Step> steps) const {
    const auto of_scope = static_cast<size_t>(std::count_if(
        steps.begin(), steps.end(), [](const Step& step) { return step.of_scope(); }));
    const size_t looks_max = std::max<size_t>(5, kScopeLooksMax / std::max<size_t>(1, undone_));
    const size_t at_once = (of_scope + looks_max - 1) / looks_max;
    if (at_once <= 1) return steps;
    std::vector<Step> fewer;
    Step together;
    size_t seen = 0;
    for (Step step : steps) {
      if (step.of_scope()) {
        if (seen % at_once == 0) together = step;
        together.of_tables |= step.of_tables;
        together.of_mandate |= step.of_mandate;
        const bool ends = ++seen % at_once == 0 || seen == of_scope;
        if (!ends) continue;
        step.of_tables = together.of_tables;
        step.of_mandate = together.of_mandate;
        step.since = std::exchange(together, Step()).last;
      } else {
        step.since = std::max(step.last, together.last);
      }
      fewer.push_back(step);
    }
    return fewer;
  }

  // Takes back the entries after `position`, and judges what they touch.
  void GoBackTo(Position position) {
    while (position_ > position && undone_ > 0) {
      const LedgerView::Reader reader(view_);
      const Position stop = std::max(position, position_ - kEntriesAtOnce);
      size_t index = reader.PostingsThrough(position_);
      while (position_ > stop) {
        do {
          TakeBack(reader.PostingAt(--index));
        } while (index > 0 && !reader.PostingAt(index - 1).last());
        const Position entry = position_--;
        for (const size_t i : touched_) JudgeAgain(walked_[i], entry);
        touched_.clear();
      }
    }
  }

  void TakeBack(const Posting& posting) {
    const uint32_t slot = slot_of_[posting.cell()];
    if (slot == kNoSlot) return;
    Cell& cell = cells_[slot];
    cell.total.Subtract(posting);
    if (!cell.looked_for) LookFor(cell);
    CellTotal change;
    change.Add(posting);
    for (const auto& [i, effect] : cell.effects) {
      Walked& walked = walked_[i];
      if (walked.done) continue;
      Count(walked, effect, cell.key, change, -1);
      if (!std::exchange(walked.touched, true)) touched_.push_back(i);
    }
  }

  void LookFor(Cell& cell) const {
    cell.looked_for = true;
    cell.effects.clear();
    for (size_t i = 0; i < walked_.size(); ++i) {
      const StatementScope::Effect effect = walked_[i].scope.EffectOf(cell.key);
      if (effect.any() && !walked_[i].done) cell.effects.push_back({i, effect});
    }
  }

  // Judges as of position_; another verdict than later dates that one from
  // `changed_at`.
  void JudgeAgain(Walked& walked, Position changed_at) {
    walked.touched = false;
    if (walked.done) return;
    const Finding finding =
        Judge(*walked.judged.at.statement, walked.scope, walked.sums, walked.elsewhere);
    if (finding.verdict != walked.judged.finding.verdict) Finish(walked, changed_at);
  }

  void Finish(Walked& walked, Position since) {
    walked.judged.since = std::max(since, since_min_);
    walked.done = true;
    --undone_;
  }

  // Before a statement there was no verdict on it.
  void FinishStatementAt(Position position) {
    for (Walked& walked : walked_) {
      if (!walked.done && walked.judged.at.position == position) Finish(walked, position);
    }
  }

  // Judges as of before the records of `step`.
  void Reconsider(const Step& step) {
    if (step.of_tables) tables_ = std::make_unique<StrengthTables>(records_, position_);
    const v1::Mandate* const mandate = MandateNow();
    bool moved = false;
    for (Walked& walked : walked_) {
      if (walked.done) continue;
      const bool loses_other = ForgetOthers(walked);
      if (!step.of_scope() && !loses_other) continue;
      if (step.of_scope()) moved |= Rescope(walked, mandate);
      JudgeAgain(walked, step.last);
    }
    if (!moved) return;
    for (Cell& cell : cells_) cell.looked_for = false;
  }

  // Those that were not recorded yet; false if there are none.
  bool ForgetOthers(Walked& walked) const {
    const size_t known = walked.others.size();
    while (!walked.others.empty() && walked.others.back().position > position_) {
      walked.others.pop_back();
    }
    if (walked.others.size() == known) return false;
    walked.elsewhere = FindElsewhere(*walked.judged.at.statement, walked.others);
    return true;
  }

  // Whether other cells count now.
  bool Rescope(Walked& walked, const v1::Mandate* mandate) const {
    StatementScope scope(*walked.judged.at.statement, mandate, *tables_);
    scope.ResolveAs(walked.scope);
    std::swap(walked.scope, scope);
    if (walked.scope.CountsAs(scope)) return false;
    AddUp(walked);
    return true;
  }

  static constexpr uint32_t kNoSlot = UINT32_MAX;

  const LedgerView& view_;
  const std::deque<RecordBook::Record>& records_;
  Position position_;
  std::vector<uint32_t> slot_of_;  // by CellId
  std::vector<Cell> cells_;
  std::unique_ptr<StrengthTables> tables_;  // as of position_, of the last step at least
  std::vector<Walked> walked_;
  std::vector<size_t> touched_;
  size_t undone_ = 0;
  Position since_min_ = 0;  // of the step that is gone back to
};

}  // namespace

std::vector<JudgedStatement> JudgeStatements(const LedgerView& view, absl::string_view mission,
                                             const std::deque<RecordBook::Record>& records,
                                             Position known_at,
                                             absl::Span<const StatementAt> statements) {
  return VerdictWalk(view, mission, records, known_at, statements).Run();
}

}  // namespace repatriation
