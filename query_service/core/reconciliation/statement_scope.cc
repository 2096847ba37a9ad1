#include "query_service/core/reconciliation/statement_scope.h"

namespace repatriation {
namespace {

// The id of a text that the view does not have.
constexpr TextId kNoText = UINT32_MAX;

// The first day of the statement's period.
DayNumber FirstDayOf(const v1::Statement& statement, const v1::Mandate* mandate) {
  if (!statement.from().empty()) return ParseDay(statement.from()).value_or(INT32_MIN);
  if (mandate == nullptr) return INT32_MIN;
  return ParseDay(mandate->drawdown_start()).value_or(INT32_MIN);
}

absl::optional<TableFigure> FigureOf(const StrengthTable* table, const People& people) {
  if (table == nullptr) return absl::nullopt;
  const auto headcount = table->HeadcountOf(people);
  if (!headcount.has_value()) return absl::nullopt;
  return TableFigure{
      std::string(table->series()), table->as_of(), {*headcount, table->FemaleOf(people)}};
}

absl::optional<RecordedFigure> Difference(const TableFigure& before, const TableFigure& after) {
  RecordedFigure figure{before.figure.headcount - after.figure.headcount, absl::nullopt};
  if (before.figure.female.has_value() && after.figure.female.has_value()) {
    figure.female = *before.figure.female - *after.figure.female;
  }
  return figure;
}

}  // namespace

void EventSum::Add(const CellKey& key, const CellTotal& total, int sign, int times) {
  headcount += sign * times * total.headcount;
  events += times * total.events;
  if (key.sex == v1::SEX_FEMALE) female += sign * times * total.headcount;
  if (key.sex == v1::SEX_UNKNOWN) sex_unknown += times * total.headcount;
}

StatementScope::StatementScope(const v1::Statement& statement, const v1::Mandate* mandate,
                               const StrengthTables& tables)
    : mission_(statement.mission()),
      category_(statement.category()),
      leaves_(LeavesOf(statement.category())),
      country_{statement.country(), kNoText},
      site_{statement.site(), kNoText} {
  const DayNumber day = ParseDay(statement.day()).value_or(0);
  departed_days_ = {FirstDayOf(statement, mandate), day + 1};
  const People people = PeopleOf(statement.category(), statement.country(), statement.site());
  const bool of_a_day =
      departed_days_.from == INT32_MIN && statement.measure() != v1::MEASURE_DEPARTED;
  const StrengthTable* const baseline =
      tables.Choose("", absl::nullopt, of_a_day ? day : departed_days_.from, people);
  baseline_ = FigureOf(baseline, people);
  net_days_ = {0, 0};
  if (!baseline_.has_value()) return;
  net_days_ = {baseline_->as_of + 1, day + 1};
  last_ = FigureOf(tables.LatestOf(baseline_->series, day, people), people);
}

void StatementScope::Resolve(const LedgerView::Reader& reader) {
  country_.id = reader.FindText(country_.text).value_or(kNoText);
  site_.id = reader.FindText(site_.text).value_or(kNoText);
}

void StatementScope::ResolveAs(const StatementScope& other) {
  country_.id = other.country_.id;
  site_.id = other.site_.id;
}

StatementScope::Effect StatementScope::EffectOf(const CellKey& key) const {
  Effect effect;
  if (key.status != v1::EVENT_STATUS_ACTUAL || !leaves_.test(key.category) ||
      !country_.Matches(key.country)) {
    return effect;
  }
  const bool here = site_.Matches(key.site);
  effect.departed = key.kind == v1::KIND_REPATRIATION && here && departed_days_.Contains(key.day);
  if (!net_days_.Contains(key.day)) return effect;
  switch (key.kind) {
    case v1::KIND_REPATRIATION:
    case v1::KIND_SEPARATION:
    case v1::KIND_DEATH:
      effect.net = here ? -1 : 0;
      break;
    case v1::KIND_ARRIVAL:
      effect.net = here ? 1 : 0;
      break;
    case v1::KIND_RELOCATION:
      // For the whole mission both match: no net change.
      effect.net = (site_.Matches(key.destination_site) ? 1 : 0) - (here ? 1 : 0);
      break;
    default:
      break;
  }
  return effect;
}

MeasuredFigures StatementScope::FiguresOf(v1::Measure measure, const EventSums& sums) const {
  MeasuredFigures figures;
  if (measure == v1::MEASURE_DEPARTED) {
    const EventSum& departed = sums.departed;
    if (departed.events > 0) {
      figures.by_events.emplace(RecordedFigure{departed.headcount, absl::nullopt});
      if (departed.sex_unknown == 0) figures.by_events->female = departed.female;
    }
    // Departures need a table later than the baseline.
    if (last_.has_value() && last_->as_of > baseline_->as_of) {
      figures.by_strength = Difference(*baseline_, *last_);
    }
  } else if (measure == v1::MEASURE_REMAINING) {
    if (last_.has_value()) figures.by_strength = last_->figure;
    if (baseline_.has_value() && sums.net.events > 0) {
      figures.by_events = baseline_->figure;
      figures.by_events->headcount += sums.net.headcount;
      if (sums.net.sex_unknown > 0) figures.by_events->female.reset();
      if (figures.by_events->female.has_value()) *figures.by_events->female += sums.net.female;
    }
  } else if (measure == v1::MEASURE_BASELINE) {
    if (baseline_.has_value()) figures.by_strength = baseline_->figure;
  }
  return figures;
}

v1::Filter StatementScope::FilterOf(v1::Measure measure) const {
  v1::Filter filter;
  filter.add_missions(mission_);
  filter.add_kinds(v1::KIND_REPATRIATION);
  if (measure == v1::MEASURE_REMAINING) {
    if (!site_.text.empty()) filter.add_kinds(v1::KIND_RELOCATION);
    for (const v1::Kind kind : {v1::KIND_ARRIVAL, v1::KIND_SEPARATION, v1::KIND_DEATH}) {
      filter.add_kinds(kind);
    }
  }
  filter.add_categories(category_);
  if (!country_.text.empty()) filter.add_countries(country_.text);
  if (!site_.text.empty()) filter.add_sites(site_.text);
  const DayInterval& days = measure == v1::MEASURE_REMAINING ? net_days_ : departed_days_;
  if (days.from != INT32_MIN) filter.mutable_days()->set_from(FormatDay(days.from));
  filter.mutable_days()->set_to(FormatDay(days.to));
  filter.add_statuses(v1::EVENT_STATUS_ACTUAL);
  return filter;
}

}  // namespace repatriation
