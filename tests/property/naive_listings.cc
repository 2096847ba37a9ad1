// Events, missions and briefings.
#include <algorithm>

#include "tests/property/naive_model.h"
#include "tests/property/naive_values.h"

namespace repatriation {
v1::EventRecord NaiveModel::RecordOf(const EventState& state) const {
  v1::EventRecord record;
  *record.mutable_event() = state.content;
  record.set_position(state.position);
  *record.mutable_recorded_time() = ToTimestamp(state.recorded_time_us);
  record.set_content_position(state.content_position);
  record.set_status(state.status);
  return record;
}

std::vector<v1::EventRecord> NaiveModel::Events(const v1::ListEventsRequest& request,
                                                int64_t known_at) const {
  std::vector<v1::EventRecord> records;
  for (const EventState& state : Replay(known_at)) {
    if (state.voided || !Matches(request.filter(), /*figures=*/false, state)) {
      continue;
    }
    bool has_sex = request.filter().sex() == v1::SEX_UNSPECIFIED;
    for (const SexCount& people : SexesOf(state.content)) {
      has_sex = has_sex || people.sex == request.filter().sex();
    }
    if (has_sex) records.push_back(RecordOf(state));
  }
  return records;
}

std::vector<v1::MissionSummary> NaiveModel::Missions(int64_t known_at) const {
  std::map<std::string, v1::MissionSummary> missions;
  for (const EventState& state : Replay(known_at)) {
    if (state.voided || state.status != v1::EVENT_STATUS_ACTUAL) continue;
    const v1::Event& event = state.content;
    v1::MissionSummary& mission = missions[event.mission()];
    mission.set_mission(event.mission());
    mission.set_events(mission.events() + 1);
    if (mission.first_day().empty() || event.day() < mission.first_day()) {
      mission.set_first_day(event.day());
    }
    if (event.day() > mission.last_day()) mission.set_last_day(event.day());
    if (event.kind() == v1::KIND_REPATRIATION) {
      mission.set_repatriated(mission.repatriated() + event.headcount());
    }
  }
  std::vector<v1::MissionSummary> summaries;
  for (const auto& [name, summary] : missions) summaries.push_back(summary);
  return summaries;
}

std::optional<v1::GetEventResponse> NaiveModel::Event(const std::string& id,
                                                      int64_t known_at) const {
  const Accepted* named = FindId(id);
  if (named == nullptr || named->position > known_at) return std::nullopt;
  const std::string event_id = named->target.empty() ? id : named->target;
  v1::GetEventResponse response;
  for (const Accepted& entry : accepted_) {
    if (entry.position > known_at) break;
    if (entry.id != event_id && entry.target != event_id) continue;
    v1::Entry& history = *response.add_history();
    history.set_position(entry.position);
    *history.mutable_recorded_time() = ToTimestamp(entry.recorded_time_us);
    if (entry.submission.has_event()) *history.mutable_event() = entry.submission.event();
    if (entry.submission.has_record()) *history.mutable_record() = entry.submission.record();
    if (entry.submission.has_voiding()) *history.mutable_voiding() = entry.submission.voiding();
    if (entry.submission.has_quarantine_release()) {
      *history.mutable_quarantine_release() = entry.submission.quarantine_release();
    }
    if (entry.submission.has_amendment()) {
      *history.mutable_amendment() = entry.submission.amendment();
      history.mutable_amendment()->mutable_event()->set_event_id(event_id);
    }
  }
  for (const EventState& state : Replay(known_at)) {
    if (state.id != event_id) continue;
    response.set_voided(state.voided);
    if (state.voided) continue;
    *response.mutable_event() = state.content;
    response.set_status(state.status);
  }
  return response;
}

std::optional<v1::GetBriefingResponse> NaiveModel::Briefing(const v1::GetBriefingRequest& request,
                                                            int64_t known_at) const {
  if (!IsKnown(request.mission(), known_at)) return std::nullopt;
  v1::Filter filter;
  filter.add_missions(request.mission());
  *filter.mutable_days() = request.days();
  std::vector<EventState> counted;
  std::string latest_day;
  for (const EventState& state : Replay(known_at)) {
    if (state.voided || state.content.mission() != request.mission()) continue;
    if (!Matches(filter, /*figures=*/true, state)) continue;
    counted.push_back(state);
    if (!state.content.country().empty() && !state.content.site().empty()) {
      latest_day = std::max(latest_day, state.content.day());
    }
  }

  v1::GetBriefingResponse response;
  for (const EventState& state : counted) {
    const v1::Event& event = state.content;
    if (event.day() == latest_day && !event.country().empty() && !event.site().empty() &&
        response.latest_movements_size() < 10) {
      *response.add_latest_movements() = RecordOf(state);
    }
  }
  const auto figure_of = [&](v1::Category category) {
    v1::Figure figure;
    for (const EventState& state : counted) {
      if (!Covers(category, state.content.category())) continue;
      figure.set_headcount(figure.headcount() + state.content.headcount());
      figure.set_events(figure.events() + 1);
    }
    return figure;
  };
  const bool experts = figure_of(v1::CATEGORY_EXPERT_ON_MISSION).headcount() > 0;
  const bool national = figure_of(v1::CATEGORY_NATIONAL_STAFF).headcount() > 0;
  const auto add = [&](v1::Category category, std::vector<v1::Category> addends = {}) {
    v1::BriefingFigure& figure = *response.add_figures();
    figure.set_category(category);
    *figure.mutable_figure() = figure_of(category);
    for (const v1::Category addend : addends) figure.add_addends(addend);
  };
  add(v1::CATEGORY_MILITARY_STAFF_OFFICER);
  add(v1::CATEGORY_CONTINGENT_TROOPS);
  add(v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER);
  add(v1::CATEGORY_FORMED_POLICE_UNIT);
  if (experts) add(v1::CATEGORY_EXPERT_ON_MISSION);
  add(v1::CATEGORY_FORCE, {v1::CATEGORY_MILITARY_STAFF_OFFICER, v1::CATEGORY_CONTINGENT_TROOPS});
  add(v1::CATEGORY_UN_POLICE,
      {v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER, v1::CATEGORY_FORMED_POLICE_UNIT});
  std::vector<v1::Category> uniformed = {v1::CATEGORY_FORCE, v1::CATEGORY_UN_POLICE};
  if (experts) uniformed.push_back(v1::CATEGORY_EXPERT_ON_MISSION);
  add(v1::CATEGORY_UNIFORMED, uniformed);
  add(v1::CATEGORY_INTERNATIONAL_STAFF);
  add(v1::CATEGORY_UN_VOLUNTEER);
  add(v1::CATEGORY_CIVILIAN, {v1::CATEGORY_INTERNATIONAL_STAFF, v1::CATEGORY_UN_VOLUNTEER});
  if (national) add(v1::CATEGORY_NATIONAL_STAFF);
  std::vector<v1::Category> all = {v1::CATEGORY_UNIFORMED, v1::CATEGORY_CIVILIAN};
  if (national) all.push_back(v1::CATEGORY_NATIONAL_STAFF);
  add(v1::CATEGORY_ALL, all);
  return response;
}

}  // namespace repatriation
