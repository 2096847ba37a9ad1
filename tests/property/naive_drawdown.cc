// Drawdowns.
#include <algorithm>

#include "tests/property/naive_model.h"
#include "tests/property/naive_values.h"

namespace repatriation {
namespace {

// Before every valid day.
constexpr char kFirstDate[] = "0001-01-01";

bool IsBySite(const v1::GetDrawdownRequest& request) {
  return IsOneOf(request.group_by(), static_cast<int>(v1::DIMENSION_SITE));
}

// The name of a group if it has one, or else those queried.
std::set<std::string> NamedIn(bool has, const std::string& name,
                              const std::set<std::string>& fallback) {
  return has ? std::set<std::string>{name} : fallback;
}

}  // namespace

NaiveModel::DrawdownAnswer NaiveModel::Drawdown(const v1::GetDrawdownRequest& request,
                                                int64_t known_at) const {
  const std::string& mission = request.mission();
  if (!IsKnown(mission, known_at)) return {"MISSION_UNKNOWN", {}};
  const std::optional<v1::Mandate> mandate = MandateOf(mission, known_at);
  const std::vector<Table>& tables = TablesOf(mission, known_at);
  std::string start = mandate.has_value() ? mandate->drawdown_start() : "";
  for (const Table& table : tables) {
    if (!mandate.has_value() && (start.empty() || table.as_of < start)) start = table.as_of;
  }
  const Asked asked = AskedIn(request);
  const Table* table =
      BaselineOf(tables, request.baseline().series(), request.baseline().as_of(), start, asked);
  if (table == nullptr && request.has_baseline()) return {"BASELINE_UNKNOWN", {}};

  std::string last_event;
  for (const EventState& state : Replay(known_at)) {
    if (state.voided || state.status != v1::EVENT_STATUS_ACTUAL) continue;
    if (state.content.mission() == mission) {
      last_event = std::max(last_event, state.content.day());
    }
  }
  const std::string since = table != nullptr ? table->as_of : start;  // empty: ever
  if (!request.as_of().empty() && request.as_of() < since) return {"OUT_OF_RANGE", {}};
  Counting counting{&request, since, request.as_of(),
                    IsBySite(request) || !request.sites().empty()};
  if (table != nullptr && fault_ != ModelFault::kBaselineDayCounts) {
    counting.first_day = DayAfter(since);
  }
  if (counting.last_day.empty()) counting.last_day = std::max(since, last_event);

  DrawdownAnswer answer;
  v1::GetDrawdownResponse& response = answer.response;
  response.set_mission(mission);
  if (mandate.has_value()) *response.mutable_mandate() = *mandate;
  if (table != nullptr) *response.mutable_baseline() = ToBaseline(*table, asked);
  std::set<std::string> series;
  for (const Table& other : tables) series.insert(other.series);
  for (const std::string& name : series) {
    const Table* const other = BaselineOf(tables, name, "", start, asked);
    if (CoversPeople(*other, asked)) *response.add_other_baselines() = ToBaseline(*other, asked);
  }
  response.set_as_of(counting.last_day);
  if (counting.last_day.empty()) counting.last_day = kFirstDate;
  for (v1::DrawdownRow& row : DrawdownRows(counting, table, known_at, response.mutable_total())) {
    *response.add_rows() = row;
  }
  if (response.as_of().empty() || DayAfter(response.as_of()) <= counting.first_day) return answer;
  v1::Filter departed;
  departed.add_missions(mission);
  for (const v1::Category leaf : asked.leaves) departed.add_categories(leaf);
  *departed.mutable_countries() = request.countries();
  *departed.mutable_sites() = request.sites();
  departed.mutable_days()->set_from(counting.first_day);
  departed.mutable_days()->set_to(DayAfter(response.as_of()));
  *response.mutable_completeness() = CompletenessOf(departed, known_at);
  return answer;
}

NaiveModel::Asked NaiveModel::AskedIn(const v1::GetDrawdownRequest& request) const {
  Asked asked;
  for (const int category : request.categories()) {
    asked.leaves.merge(LeavesOf(static_cast<v1::Category>(category)));
  }
  if (request.categories().empty()) asked.leaves = LeavesOf(v1::CATEGORY_UNIFORMED);
  asked.countries = {request.countries().begin(), request.countries().end()};
  asked.sites = {request.sites().begin(), request.sites().end()};
  return asked;
}

v1::Baseline NaiveModel::ToBaseline(const Table& table, const Asked& asked) const {
  v1::Baseline baseline;
  baseline.set_series(table.series);
  baseline.set_as_of(table.as_of);
  baseline.set_position(table.position);
  if (const auto recorded = RecordedIn(table, asked)) baseline.set_headcount(recorded->headcount);
  return baseline;
}

// Adds an event's people to a group: `sign` is 1 if they arrive, -1 if they leave.
void NaiveModel::AddMovement(const EventState& state, int sign, const Counting& counting,
                             Progress* progress) const {
  const v1::Event& event = state.content;
  v1::DrawdownRow& row = progress->row;
  const bool later = event.day() > counting.last_day;
  if (event.day() < counting.first_day) return;
  if (later && state.status != v1::EVENT_STATUS_PLANNED) return;
  progress->moved = true;
  const int64_t people = event.headcount();
  if (state.status == v1::EVENT_STATUS_QUARANTINED) {
    if (sign < 0) row.set_quarantined(row.quarantined() + people);
    return;
  }
  if (state.status == v1::EVENT_STATUS_PLANNED) {
    const bool departs =
        event.kind() == v1::KIND_REPATRIATION || event.kind() == v1::KIND_SEPARATION ||
        (event.kind() == v1::KIND_DEATH && fault_ == ModelFault::kPlannedDeathsDepart);
    if (departs && later) row.set_planned_later(row.planned_later() + people);
    if (departs && !later) row.set_planned(row.planned() + people);
    return;
  }
  progress->change += sign * people;
  if (event.kind() == v1::KIND_REPATRIATION) row.set_departed(row.departed() + people);
  if (event.kind() == v1::KIND_ARRIVAL) row.set_arrived(row.arrived() + people);
  if (event.kind() == v1::KIND_SEPARATION) row.set_separated(row.separated() + people);
  if (event.kind() == v1::KIND_DEATH) row.set_died(row.died() + people);
  if (event.kind() != v1::KIND_RELOCATION) return;
  if (sign > 0) row.set_relocated_in(row.relocated_in() + people);
  if (sign < 0) row.set_relocated_out(row.relocated_out() + people);
}

// The group of a table's row; nullopt if it does not belong to exactly one of those queried.
std::optional<NaiveModel::GroupKey> NaiveModel::GroupOf(
    const v1::StrengthReport& row, const Asked& asked,
    const v1::GetDrawdownRequest& request) const {
  const auto is_selected = [](const std::string& name, const std::set<std::string>& names) {
    return names.empty() || names.contains(name);
  };
  if (!IsWithin(row.category(), asked) || !is_selected(row.country(), asked.countries) ||
      !is_selected(row.site(), asked.sites)) {
    return std::nullopt;
  }
  std::optional<GroupKey> group;
  for (const v1::Category leaf : LeavesOf(row.category())) {
    v1::Event person;
    person.set_category(leaf);
    person.set_country(row.country());
    person.set_site(row.site());
    GroupKey key;
    for (const v1::Dimension dimension : DimensionsOf(request.group_by())) {
      AddTo(&key, dimension, person, v1::EVENT_STATUS_ACTUAL, v1::SEX_UNKNOWN);
    }
    if (group.has_value() && group->texts != key.texts) return std::nullopt;
    group = key;
  }
  const bool names_all = (!group->group.has_country() || !row.country().empty()) &&
                         (!group->group.has_site() || !row.site().empty());
  return names_all ? group : std::nullopt;
}

std::vector<v1::DrawdownRow> NaiveModel::DrawdownRows(const Counting& counting, const Table* table,
                                                      int64_t known_at,
                                                      v1::DrawdownRow* total) const {
  const v1::GetDrawdownRequest& request = *counting.request;
  const Asked asked = AskedIn(request);
  std::map<std::vector<std::string>, Progress> groups;
  Progress all;
  const auto add = [&](const EventState& state, const std::string& site, int sign) {
    if (!asked.sites.empty() && !asked.sites.contains(site)) return;
    AddMovement(state, sign, counting, &all);
    EventState there = state;
    there.content.set_site(site);
    GroupKey key;
    for (const v1::Dimension dimension : DimensionsOf(request.group_by())) {
      AddTo(&key, dimension, there.content, state.status, v1::SEX_UNKNOWN);
    }
    Progress& group = groups[key.texts];
    *group.row.mutable_group() = key.group;
    AddMovement(state, sign, counting, &group);
  };
  for (const EventState& state : Replay(known_at)) {
    const v1::Event& event = state.content;
    if (state.voided || event.mission() != request.mission() ||
        !asked.leaves.contains(event.category()) ||
        !TextMatches(request.countries(), event.country())) {
      continue;
    }
    const bool relocates = event.kind() == v1::KIND_RELOCATION;
    const bool counts =
        !relocates || counting.with_sites || fault_ == ModelFault::kRelocationsLeaveTheMission;
    if (counts) add(state, event.site(), event.kind() == v1::KIND_ARRIVAL ? 1 : -1);
    if (relocates && counting.with_sites && fault_ != ModelFault::kRelocationsReachNobody) {
      add(state, event.destination_site(), 1);
    }
  }
  std::optional<Recorded> baseline;
  if (table != nullptr) baseline = RecordedIn(*table, asked);
  Finish(baseline, &all);
  *total = all.row;
  std::vector<v1::DrawdownRow> rows;
  if (request.group_by().empty()) return rows;

  for (size_t i = 0; table != nullptr && i < table->rows.size(); ++i) {
    if (const auto key = GroupOf(table->rows[i], asked, request)) {
      *groups[key->texts].row.mutable_group() = key->group;
    }
  }
  for (auto& [key, progress] : groups) {
    const v1::Group& group = progress.row.group();
    Asked of_group = {asked.leaves, NamedIn(group.has_country(), group.country(), asked.countries),
                      NamedIn(group.has_site(), group.site(), asked.sites)};
    if (group.has_category()) {
      std::erase_if(of_group.leaves,
                    [&](v1::Category leaf) { return !Covers(group.category(), leaf); });
    }
    if (table != nullptr) baseline = RecordedIn(*table, of_group);
    if (!progress.moved && !baseline.has_value()) continue;
    Finish(baseline, &progress);
    rows.push_back(progress.row);
  }
  return rows;
}

void NaiveModel::Finish(const std::optional<Recorded>& baseline, Progress* progress) const {
  if (!baseline.has_value()) return;
  v1::DrawdownRow& row = progress->row;
  row.set_baseline(baseline->headcount);
  row.set_remaining(baseline->headcount + progress->change);
  if (row.baseline() == 0) return;
  row.set_percent_departed(100.0 * static_cast<double>(row.baseline() - row.remaining()) /
                           static_cast<double>(row.baseline()));
}

}  // namespace repatriation
