// Reconciliation of published figures with the ledger.
#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "tests/property/naive_model.h"
#include "tests/property/naive_values.h"

namespace repatriation {
namespace {

constexpr v1::Measure kMeasures[] = {v1::MEASURE_DEPARTED, v1::MEASURE_REMAINING,
                                     v1::MEASURE_BASELINE};
// Only the first statements are tried as addends.
constexpr size_t kAddendsMax = 12;

void Add(const v1::Event& event, int sign, NaiveModel::Recorded* sum) {
  sum->headcount += sign * event.headcount();
  if (!event.has_female()) sum->female.reset();
  if (sum->female.has_value()) *sum->female += sign * event.female();
}

NaiveModel::Recorded Less(const NaiveModel::Recorded& before, const NaiveModel::Recorded& after) {
  NaiveModel::Recorded sum{before.headcount - after.headcount, std::nullopt};
  if (before.female.has_value() && after.female.has_value()) {
    sum.female = *before.female - *after.female;
  }
  return sum;
}

}  // namespace

NaiveModel::RecordedFigures NaiveModel::FiguresOf(const v1::Statement& statement,
                                                  v1::Measure measure, int64_t known_at) const {
  // The period begins with the drawdown, or else with the mission. Remaining and baseline
  // then use the table of the statement's day.
  std::string start = statement.from();
  const auto mandate = MandateOf(statement.mission(), known_at);
  if (start.empty() && mandate.has_value() && fault_ != ModelFault::kMandateIgnored) {
    start = mandate->drawdown_start();
  }
  const bool of_its_day = start.empty() && statement.measure() != v1::MEASURE_DEPARTED;
  Asked asked{LeavesOf(statement.category()), {}, {}};
  if (!statement.country().empty()) asked.countries.insert(statement.country());
  if (!statement.site().empty()) asked.sites.insert(statement.site());
  const std::vector<Table>& tables = TablesOf(statement.mission(), known_at);
  const Table* baseline = BaselineOf(tables, "", "", of_its_day ? statement.day() : start, asked);
  std::optional<Recorded> first, last;
  if (baseline != nullptr) first = RecordedIn(*baseline, asked);
  std::string last_day;
  for (const Table& table : tables) {
    if (!first.has_value() || table.series != baseline->series || table.as_of > statement.day() ||
        !CoversPeople(table, asked)) {
      continue;
    }
    last = RecordedIn(table, asked);
    last_day = table.as_of;
  }

  std::optional<Recorded> departed, remaining;
  for (const EventState& state : Replay(known_at)) {
    const v1::Event& event = state.content;
    const bool in_time = fault_ == ModelFault::kDayOfStatementExcluded
                             ? event.day() < statement.day()
                             : event.day() <= statement.day();
    if (state.voided || state.status != v1::EVENT_STATUS_ACTUAL || !in_time ||
        event.mission() != statement.mission() || !asked.leaves.contains(event.category()) ||
        (!statement.country().empty() && event.country() != statement.country())) {
      continue;
    }
    const auto is_here = [&](const std::string& site) {
      return statement.site().empty() || site == statement.site();
    };
    if (event.kind() == v1::KIND_REPATRIATION && is_here(event.site()) && event.day() >= start) {
      if (!departed.has_value()) departed = Recorded{0, 0};
      Add(event, 1, &*departed);
    }
    if (!first.has_value() || event.day() <= baseline->as_of) continue;
    int sign = 0;
    if (is_here(event.site())) sign += event.kind() == v1::KIND_ARRIVAL ? 1 : -1;
    if (event.kind() == v1::KIND_RELOCATION && is_here(event.destination_site())) ++sign;
    if (sign == 0) continue;
    if (!remaining.has_value()) remaining = first;
    Add(event, sign, &*remaining);
  }

  if (measure == v1::MEASURE_REMAINING) return {remaining, last};
  if (measure == v1::MEASURE_BASELINE) return {std::nullopt, first};
  if (last.has_value() && last_day > baseline->as_of) return {departed, Less(*first, *last)};
  return {departed, std::nullopt};
}

bool NaiveModel::Allows(int64_t stated, v1::Qualifier qualifier, int64_t recorded) const {
  if (stated == recorded) return true;
  if (fault_ == ModelFault::kQualifiersIgnored) return false;
  if (10 * std::abs(stated - recorded) > stated) return false;
  switch (qualifier) {
    case v1::QUALIFIER_ABOUT:
      return true;
    case v1::QUALIFIER_NEARLY:
    case v1::QUALIFIER_LESS_THAN:
      return recorded < stated;
    case v1::QUALIFIER_MORE_THAN:
      return recorded > stated || fault_ == ModelFault::kMoreThanMayBeLess;
    default:
      return false;
  }
}

bool NaiveModel::Agrees(const v1::Statement& statement, const Recorded& figure) const {
  const bool women_agree = !statement.has_female() || !figure.female.has_value() ||
                           fault_ == ModelFault::kWomenIgnored ||
                           Allows(statement.female(), statement.qualifier(), *figure.female);
  return women_agree && Allows(statement.headcount(), statement.qualifier(), figure.headcount);
}

// Whether other statements of the same place and period but of one other measure add up
// to the number, with categories that do not overlap and make up its category (except
// national staff).
bool NaiveModel::IsStatedElsewhere(const v1::Statement& statement, int64_t known_at) const {
  const auto circumstances = [](const v1::Statement& of) {
    return std::make_tuple(of.mission(), of.day(), of.from(), of.country(), of.site());
  };
  for (const v1::Measure measure : kMeasures) {
    std::vector<v1::Statement> others;
    for (const v1::Record* record : RecordsOf(statement.mission(), known_at)) {
      const v1::Statement& other = record->statement();
      if (record->has_statement() && measure != statement.measure() && other.measure() == measure &&
          circumstances(other) == circumstances(statement) && others.size() < kAddendsMax) {
        others.push_back(other);
      }
    }
    for (uint32_t taken = 1; taken < 1u << others.size(); ++taken) {
      int64_t sum = 0;
      std::multiset<v1::Category> leaves;
      for (size_t i = 0; i < others.size(); ++i) {
        if ((taken >> i & 1) == 0) continue;
        sum += others[i].headcount();
        for (const v1::Category leaf : LeavesOf(others[i].category())) leaves.insert(leaf);
      }
      std::set<v1::Category> wanted = LeavesOf(statement.category());
      if (!leaves.contains(v1::CATEGORY_NATIONAL_STAFF)) wanted.erase(v1::CATEGORY_NATIONAL_STAFF);
      if (sum == statement.headcount() &&
          std::equal(leaves.begin(), leaves.end(), wanted.begin(), wanted.end())) {
        return true;
      }
    }
  }
  return false;
}

bool NaiveModel::HasOtherMeasure(const v1::Statement& statement, int64_t known_at) const {
  if (statement.headcount() == 0 || fault_ == ModelFault::kOtherMeasureIgnored) return false;
  for (const v1::Measure measure : kMeasures) {
    if (measure == statement.measure()) continue;
    const RecordedFigures figures = FiguresOf(statement, measure, known_at);
    if (figures.events.has_value() && figures.events->headcount == statement.headcount())
      return true;
    if (figures.strength.has_value() && figures.strength->headcount == statement.headcount())
      return true;
  }
  return fault_ != ModelFault::kAddendsIgnored && IsStatedElsewhere(statement, known_at);
}

// Everything except since_position.
v1::Reconciliation NaiveModel::Judge(const Accepted& stated, int64_t known_at) const {
  const v1::Statement& statement = stated.submission.record().statement();
  const RecordedFigures figures = FiguresOf(statement, statement.measure(), known_at);
  v1::Reconciliation row;
  *row.mutable_statement() = statement;
  row.set_position(stated.position);
  std::optional<Recorded> recorded;
  if (figures.strength.has_value()) {
    row.set_recorded_by_strength(figures.strength->headcount);
    row.set_basis(v1::BASIS_STRENGTH);
    recorded = figures.strength;
  }
  if (figures.events.has_value()) {
    row.set_recorded_by_events(figures.events->headcount);
    const auto off = [&](const Recorded& figure) {
      return Agrees(statement, figure) ? -1 : std::abs(statement.headcount() - figure.headcount);
    };
    if (!recorded.has_value() || off(*figures.events) <= off(*recorded) ||
        fault_ == ModelFault::kEventsBeforeStrength) {
      row.set_basis(v1::BASIS_EVENTS);
      recorded = figures.events;
    }
  }
  row.set_verdict(recorded.has_value() ? v1::VERDICT_DISAGREES : v1::VERDICT_UNKNOWN);
  if (recorded.has_value()) {
    row.set_recorded(recorded->headcount);
    row.set_difference(statement.headcount() - recorded->headcount);
    if (statement.has_female() && recorded->female.has_value()) {
      row.set_recorded_female(*recorded->female);
    }
  }
  if (recorded.has_value() && Agrees(statement, *recorded)) {
    row.set_verdict(v1::VERDICT_AGREES);
  } else if (HasOtherMeasure(statement, known_at)) {
    row.set_verdict(v1::VERDICT_WRONG_MEASURE);
  }
  return row;
}

v1::Verdict NaiveModel::VerdictOf(const Accepted& stated, int64_t known_at) const {
  v1::Verdict& verdict = verdicts_[{stated.position, known_at}];
  if (verdict == v1::VERDICT_UNSPECIFIED) verdict = Judge(stated, known_at).verdict();
  return verdict;
}

// Whether `position` is between rows of tables that were recorded together.
bool NaiveModel::IsBetweenRows(const std::string& mission, int64_t position) const {
  const auto is_row = [&](int64_t at) {
    const v1::Record& record = accepted_[at - 1].submission.record();
    return record.has_strength() && record.strength().mission() == mission;
  };
  return is_row(position) && is_row(position + 1) && TimeOf(position) == TimeOf(position + 1) &&
         fault_ != ModelFault::kHalfTablesAreJudged;
}

// Judges at every earlier position until the verdict differs.
int64_t NaiveModel::SinceOf(const Accepted& stated, v1::Verdict verdict, int64_t known_at) const {
  if (fault_ == ModelFault::kVerdictsDateFromTheirStatement) return stated.position;
  int64_t since = known_at;
  for (int64_t position = known_at - 1; position >= stated.position; --position) {
    if (IsBetweenRows(stated.submission.record().statement().mission(), position)) continue;
    if (VerdictOf(stated, position) != verdict) return since;
    since = position;
  }
  return since;
}

std::optional<std::vector<v1::Reconciliation>> NaiveModel::Reconcile(
    const v1::ReconcileRequest& request, int64_t known_at) const {
  if (!IsKnown(request.mission(), known_at)) return std::nullopt;
  std::map<std::pair<std::string, int64_t>, v1::Reconciliation> rows;  // by day, then position
  for (const Accepted& entry : accepted_) {
    if (entry.position > known_at) break;
    const v1::Statement& statement = entry.submission.record().statement();
    if (!entry.submission.record().has_statement() || statement.mission() != request.mission() ||
        statement.day() < request.days().from() ||
        (!request.days().to().empty() && statement.day() >= request.days().to())) {
      continue;
    }
    v1::Reconciliation row = Judge(entry, known_at);
    row.set_since_position(SinceOf(entry, row.verdict(), known_at));
    *row.mutable_since_time() = ToTimestamp(TimeOf(row.since_position()));
    rows[{statement.day(), entry.position}] = row;
  }
  std::vector<v1::Reconciliation> sorted;
  for (const auto& [key, row] : rows) sorted.push_back(row);
  return sorted;
}

}  // namespace repatriation
