#include "tests/property/naive_model.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace repatriation {
namespace {

google::protobuf::Timestamp ToTimestamp(int64_t time_us) {
  google::protobuf::Timestamp time;
  time.set_seconds(time_us / 1'000'000);
  time.set_nanos(static_cast<int32_t>(time_us % 1'000'000 * 1000));
  return time;
}

// What a submission says, its repetitions apart: an amendment may name its
// event twice.
std::string ContentOf(v1::Submission submission) {
  if (submission.has_amendment()) {
    submission.mutable_amendment()->mutable_event()->set_event_id("");
  }
  return submission.SerializeAsString();
}

std::string PrefixOf(const v1::Submission& submission) {
  if (submission.has_event()) return "event.";
  if (submission.has_record()) return "record.strength.";
  if (submission.has_quarantine_release()) return "quarantine_release.";
  return submission.has_amendment() ? "amendment." : "voiding.";
}

std::string IdFieldOf(const v1::Submission& submission) {
  if (submission.has_event()) return "event_id";
  return submission.has_record() ? "record_id" : "correction_id";
}

// Whether an event that was `old` and is now `event` moves the same people or fewer.
bool MovesNoMore(const v1::Event& event, const v1::Event& old) {
  return event.kind() == old.kind() && event.category() == old.category() &&
         event.country() == old.country() && event.site() == old.site() &&
         event.destination_site() == old.destination_site() && event.day() == old.day() &&
         event.headcount() <= old.headcount();
}

bool IsPlanned(const v1::Event& event) { return event.status() == v1::EVENT_STATUS_PLANNED; }

template <typename Values, typename Value>
bool IsOneOf(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool TextMatches(const google::protobuf::RepeatedPtrField<std::string>& wanted,
                 const std::string& text) {
  return wanted.empty() || IsOneOf(wanted, text);
}

struct People {
  v1::Sex sex;
  int64_t headcount;
};

std::vector<People> PeopleOf(const v1::Event& event) {
  if (!event.has_female()) return {{v1::SEX_UNKNOWN, event.headcount()}};
  std::vector<People> people;
  if (event.female() > 0) people.push_back({v1::SEX_FEMALE, event.female()});
  if (event.female() < event.headcount()) {
    people.push_back({v1::SEX_MALE, event.headcount() - event.female()});
  }
  return people;
}

// Numbers as texts that sort as the numbers do.
std::string Sortable(int number) {
  char text[16];
  std::snprintf(text, sizeof(text), "%06d", number);
  return text;
}

std::vector<v1::Dimension> DimensionsOf(const google::protobuf::RepeatedField<int>& numbers) {
  std::vector<v1::Dimension> dimensions;
  for (const int number : numbers) dimensions.push_back(static_cast<v1::Dimension>(number));
  return dimensions;
}

}  // namespace

NaiveModel::Outcome NaiveModel::Submit(const v1::Submission& submission, int64_t clock_us) {
  Accepted entry;
  entry.submission = submission;
  if (submission.has_event()) entry.id = submission.event().event_id();
  if (submission.has_amendment()) {
    entry.id = submission.amendment().correction_id();
    entry.target = submission.amendment().event_id();
  }
  if (submission.has_voiding()) {
    entry.id = submission.voiding().correction_id();
    entry.target = submission.voiding().event_id();
  }
  if (submission.has_quarantine_release()) {
    entry.id = submission.quarantine_release().correction_id();
    entry.target = submission.quarantine_release().event_id();
  }
  if (submission.has_record()) entry.id = submission.record().strength().record_id();
  const std::string prefix = PrefixOf(submission);
  if (const Accepted* known = FindId(entry.id); known != nullptr) {
    if (ContentOf(known->submission) == ContentOf(submission) ||
        fault_ == Fault::kConflictIsDuplicate) {
      return {known->position, true, "", ""};
    }
    return {0, false, prefix + IdFieldOf(submission), "ID_TAKEN"};
  }
  if (submission.has_event() || submission.has_record()) return Accept(std::move(entry), clock_us);
  const Accepted* target = FindId(entry.target);
  if (target == nullptr) return {0, false, prefix + "event_id", "EVENT_UNKNOWN"};
  if (!target->submission.has_event()) return {0, false, prefix + "event_id", "NOT_AN_EVENT"};
  for (const Accepted& earlier : accepted_) {
    if (earlier.submission.has_voiding() && earlier.target == entry.target &&
        fault_ != Fault::kVoidedMayBeAmended) {
      return {0, false, prefix + "event_id", "EVENT_VOIDED"};
    }
  }
  if (submission.has_amendment() &&
      submission.amendment().event().mission() != target->submission.event().mission()) {
    return {0, false, "amendment.event.mission", "MISSION_CHANGED"};
  }
  return Accept(std::move(entry), clock_us);
}

const NaiveModel::Accepted* NaiveModel::FindId(const std::string& id) const {
  for (const Accepted& entry : accepted_) {
    if (entry.id == id) return &entry;
  }
  return nullptr;
}

NaiveModel::Outcome NaiveModel::Accept(Accepted entry, int64_t clock_us) {
  entry.position = size() + 1;
  entry.recorded_time_us = clock_us;
  if (!accepted_.empty()) {
    entry.recorded_time_us = std::max(clock_us, accepted_.back().recorded_time_us);
  }
  accepted_.push_back(std::move(entry));
  return {size(), false, "", ""};
}

void NaiveModel::NoteBlock(int64_t first, int64_t last) {
  for (int64_t position = first; position <= last; ++position) {
    const Accepted& entry = accepted_[position - 1];
    std::vector<Standing> others = Replay(position - 1);
    const bool amends = entry.submission.has_amendment();
    const auto old = std::find_if(others.begin(), others.end(),
                                  [&](const auto& other) { return other.id == entry.target; });
    if (amends && old->status == v1::EVENT_STATUS_ACTUAL &&
        MovesNoMore(entry.submission.amendment().event(), old->content)) {
      continue;
    }
    // What an amendment replaces is gone by then.
    if (amends) std::erase_if(others, [&](const auto& other) { return other.id == entry.target; });
    if (!amends && !entry.submission.has_event()) continue;
    const v1::Event& event =
        amends ? entry.submission.amendment().event() : entry.submission.event();
    if (Exceeds(event, others, first) && fault_ != Fault::kNothingQuarantined) {
      quarantining_.insert(position);
    }
  }
  noted_ = last;
}

bool NaiveModel::Exceeds(const v1::Event& event, const std::vector<Standing>& others,
                         int64_t tables_before) const {
  if (IsPlanned(event) || event.country().empty() || event.kind() == v1::KIND_ARRIVAL) return false;
  const bool leaves_mission = event.kind() != v1::KIND_RELOCATION;
  return (leaves_mission && Exceeds(event, /*of_site=*/false, others, tables_before)) ||
         (!event.site().empty() && Exceeds(event, /*of_site=*/true, others, tables_before));
}

bool NaiveModel::Exceeds(const v1::Event& event, bool of_site, const std::vector<Standing>& others,
                         int64_t tables_before) const {
  std::string table_day, next_day = "9999";
  std::map<std::string, std::map<std::string, int64_t>> tables;  // day, series -> strength
  for (const Accepted& entry : accepted_) {
    const v1::StrengthReport& row = entry.submission.record().strength();
    if (entry.position >= tables_before || !entry.submission.has_record()) continue;
    if (row.mission() == event.mission() && row.country() == event.country() &&
        row.category() == event.category() && row.site() == (of_site ? event.site() : "")) {
      tables[row.as_of()][row.series()] = row.headcount();
    }
  }
  for (const auto& [day, by_series] : tables) {
    const bool before = fault_ == Fault::kTableDayIncluded ? day <= event.day() : day < event.day();
    (before ? table_day : next_day) = day;
    if (!before) break;
  }
  if (table_day.empty()) return false;
  int64_t there = 0;
  for (const auto& [series, strength] : tables[table_day]) there = std::max(there, strength);
  for (const Standing& other : others) {
    const v1::Event& moved = other.content;
    if (other.voided || other.status != v1::EVENT_STATUS_ACTUAL || moved.day() <= table_day ||
        moved.day() > next_day || moved.mission() != event.mission() ||
        moved.country() != event.country() || moved.category() != event.category()) {
      continue;
    }
    const bool arrives = moved.kind() == v1::KIND_ARRIVAL;
    const bool here = !of_site || moved.site() == event.site();
    if (moved.kind() != v1::KIND_RELOCATION) {
      if (here) there += arrives ? moved.headcount() : -moved.headcount();
    } else if (of_site) {
      if (here) there -= moved.headcount();
      if (moved.destination_site() == event.site()) there += moved.headcount();
    }
  }
  return there < event.headcount();
}

std::optional<int64_t> NaiveModel::KnownAt(const v1::ReadOptions& read, int64_t applied) const {
  if (fault_ == Fault::kKnownAtIgnored) return applied;
  if (read.has_known_at_time()) {
    const auto& time = read.known_at_time();
    const int64_t time_us = time.seconds() * 1'000'000 + time.nanos() / 1000;
    int64_t position = 0;
    for (const Accepted& entry : accepted_) {
      const bool recorded = fault_ == Fault::kKnownAtTimeExclusive
                                ? entry.recorded_time_us < time_us
                                : entry.recorded_time_us <= time_us;
      if (entry.position <= applied && recorded) position = entry.position;
    }
    return position;
  }
  if (read.known_at_case() != v1::ReadOptions::kKnownAtPosition) return applied;
  if (read.known_at_position() > applied) return std::nullopt;
  return read.known_at_position();
}

std::vector<NaiveModel::Standing> NaiveModel::Replay(int64_t known_at) const {
  std::vector<Standing> events;
  for (const Accepted& entry : accepted_) {
    if (entry.position > known_at) break;
    if (entry.submission.has_record()) continue;
    const auto status_of = [&](const v1::Event& event) {
      if (IsPlanned(event)) return v1::EVENT_STATUS_PLANNED;
      return quarantining_.contains(entry.position) ? v1::EVENT_STATUS_QUARANTINED
                                                    : v1::EVENT_STATUS_ACTUAL;
    };
    if (entry.submission.has_event()) {
      events.push_back({entry.id, entry.submission.event(), entry.position, entry.position,
                        entry.recorded_time_us, false, status_of(entry.submission.event())});
      continue;
    }
    const auto event = std::find_if(events.begin(), events.end(), [&](const Standing& candidate) {
      return candidate.id == entry.target;
    });
    if (entry.submission.has_voiding()) {
      event->voided = fault_ != Fault::kVoidedStillCounts;
      continue;
    }
    if (entry.submission.has_quarantine_release()) {
      if (fault_ != Fault::kReleaseIgnored && event->status == v1::EVENT_STATUS_QUARANTINED) {
        event->status = v1::EVENT_STATUS_ACTUAL;
      }
      continue;
    }
    if (fault_ == Fault::kAmendmentIgnored) continue;
    Standing amended = *event;
    amended.content = entry.submission.amendment().event();
    amended.content.set_event_id(entry.target);
    amended.content_position = entry.position;
    amended.status = status_of(amended.content);
    if (fault_ == Fault::kAmendedCountsTwice) {
      events.push_back(amended);
    } else {
      *event = amended;
    }
  }
  return events;
}

bool NaiveModel::Covers(v1::Category wanted, v1::Category leaf) const {
  switch (wanted) {
    case v1::CATEGORY_FORCE:
      return leaf == v1::CATEGORY_CONTINGENT_TROOPS ||
             (leaf == v1::CATEGORY_MILITARY_STAFF_OFFICER &&
              fault_ != Fault::kForceWithoutStaffOfficers);
    case v1::CATEGORY_UN_POLICE:
      return leaf == v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER ||
             leaf == v1::CATEGORY_FORMED_POLICE_UNIT;
    case v1::CATEGORY_UNIFORMED:
      return Covers(v1::CATEGORY_FORCE, leaf) || Covers(v1::CATEGORY_UN_POLICE, leaf) ||
             leaf == v1::CATEGORY_EXPERT_ON_MISSION;
    case v1::CATEGORY_CIVILIAN:
      return leaf == v1::CATEGORY_INTERNATIONAL_STAFF || leaf == v1::CATEGORY_UN_VOLUNTEER ||
             (leaf == v1::CATEGORY_NATIONAL_STAFF && fault_ == Fault::kNationalStaffIsCivilian);
    case v1::CATEGORY_ALL:
      return true;
    default:
      return wanted == leaf;
  }
}

v1::Category NaiveModel::NarrowestRollUp(v1::Category leaf) const {
  if (Covers(v1::CATEGORY_FORCE, leaf)) return v1::CATEGORY_FORCE;
  if (Covers(v1::CATEGORY_UN_POLICE, leaf)) return v1::CATEGORY_UN_POLICE;
  if (Covers(v1::CATEGORY_CIVILIAN, leaf)) return v1::CATEGORY_CIVILIAN;
  return leaf;
}

bool NaiveModel::Matches(const v1::Filter& filter, bool figures, const Standing& standing) const {
  const v1::Event& event = standing.content;
  bool status = !figures || standing.status == v1::EVENT_STATUS_ACTUAL ||
                (fault_ == Fault::kPlannedCounts && standing.status == v1::EVENT_STATUS_PLANNED);
  if (!filter.statuses().empty()) status = IsOneOf(filter.statuses(), standing.status);
  if (!status) return false;
  const bool kind = filter.kinds().empty() ? !figures || event.kind() == v1::KIND_REPATRIATION
                                           : IsOneOf(filter.kinds(), event.kind());
  bool category = filter.categories().empty();
  for (const int wanted : filter.categories()) {
    category = category || Covers(static_cast<v1::Category>(wanted), event.category());
  }
  // Days as written sort as the days themselves.
  const std::string& from = filter.days().from();
  const std::string& to = filter.days().to();
  const bool before_end = fault_ == Fault::kLastDayIncluded ? event.day() <= to : event.day() < to;
  const bool day = (from.empty() || event.day() >= from) && (to.empty() || before_end);
  if (fault_ == Fault::kUnknownSiteMatchesNothing && !filter.sites().empty() &&
      event.site().empty()) {
    return false;
  }
  return kind && category && day && TextMatches(filter.missions(), event.mission()) &&
         TextMatches(filter.countries(), event.country()) &&
         TextMatches(filter.sites(), event.site()) &&
         TextMatches(filter.destination_sites(), event.destination_site()) &&
         TextMatches(filter.units(), event.unit());
}

std::string NaiveModel::BucketOf(const std::string& day, v1::Bucket bucket) const {
  namespace chrono = std::chrono;
  if (bucket == v1::BUCKET_DAY) return day;
  if (bucket == v1::BUCKET_MONTH) return day.substr(0, 7) + "-01";
  if (bucket != v1::BUCKET_WEEK) return "";
  const chrono::sys_days date = chrono::year(std::stoi(day.substr(0, 4))) /
                                std::stoi(day.substr(5, 2)) / std::stoi(day.substr(8, 2));
  const chrono::weekday first = fault_ == Fault::kWeekFromSunday ? chrono::Sunday : chrono::Monday;
  const chrono::year_month_day start = date - (chrono::weekday(date) - first);
  char text[32];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02u", static_cast<int>(start.year()),
                static_cast<unsigned>(start.month()), static_cast<unsigned>(start.day()));
  return text;
}

NaiveModel::Bins NaiveModel::Count(const v1::Filter& filter,
                                   const std::vector<v1::Dimension>& group_by, v1::Bucket bucket,
                                   int64_t known_at) const {
  Bins bins;
  for (const Standing& standing : Replay(known_at)) {
    const v1::Event& event = standing.content;
    if (standing.voided || !Matches(filter, /*figures=*/true, standing)) continue;
    for (const People& people : PeopleOf(event)) {
      if (filter.sex() != v1::SEX_UNSPECIFIED && filter.sex() != people.sex) continue;
      std::vector<std::string> key = {BucketOf(event.day(), bucket)};
      v1::Group group;
      for (const v1::Dimension dimension : group_by) {
        switch (dimension) {
          case v1::DIMENSION_MISSION:
            group.set_mission(event.mission());
            key.push_back(event.mission());
            break;
          case v1::DIMENSION_KIND:
            group.set_kind(event.kind());
            key.push_back(Sortable(event.kind()));
            break;
          case v1::DIMENSION_CATEGORY:
            group.set_category(event.category());
            key.push_back(Sortable(event.category()));
            break;
          case v1::DIMENSION_CATEGORY_GROUP:
            group.set_category(NarrowestRollUp(event.category()));
            key.push_back(Sortable(group.category()));
            break;
          case v1::DIMENSION_COUNTRY:
            group.set_country(event.country());
            key.push_back(event.country());
            break;
          case v1::DIMENSION_SITE:
            group.set_site(event.site());
            key.push_back(event.site());
            break;
          case v1::DIMENSION_DESTINATION_SITE:
            group.set_destination_site(event.destination_site());
            key.push_back(event.destination_site());
            break;
          case v1::DIMENSION_UNIT:
            group.set_unit(event.unit());
            key.push_back(event.unit());
            break;
          case v1::DIMENSION_STATUS:
            group.set_status(standing.status);
            key.push_back(Sortable(standing.status));
            break;
          case v1::DIMENSION_SEX:
            group.set_sex(people.sex);
            key.push_back(Sortable(people.sex));
            break;
          default:
            break;
        }
      }
      Bin& bin = bins[key];
      bin.group = group;
      bin.headcount += people.headcount;
      bin.events.insert(standing.position);
      ++bin.events_seen;
    }
  }
  return bins;
}

void NaiveModel::ToFigure(const Bin& bin, v1::Figure* figure) const {
  figure->set_headcount(bin.headcount);
  figure->set_events(fault_ == Fault::kSexesAreTwoEvents ? bin.events_seen
                                                         : static_cast<int64_t>(bin.events.size()));
}

std::vector<v1::AggregateRow> NaiveModel::Aggregate(const v1::GetAggregateRequest& request,
                                                    int64_t known_at) const {
  std::vector<v1::AggregateRow> rows;
  for (const auto& [key, bin] : Count(request.filter(), DimensionsOf(request.group_by()),
                                      v1::BUCKET_UNSPECIFIED, known_at)) {
    rows.emplace_back();
    *rows.back().mutable_group() = bin.group;
    ToFigure(bin, rows.back().mutable_figure());
  }
  return rows;
}

v1::Figure NaiveModel::Total(const v1::GetAggregateRequest& request, int64_t known_at) const {
  v1::Figure total;
  for (const auto& [key, bin] : Count(request.filter(), {}, v1::BUCKET_UNSPECIFIED, known_at)) {
    ToFigure(bin, &total);
  }
  return total;
}

std::vector<v1::TimelineRow> NaiveModel::Timeline(const v1::GetTimelineRequest& request,
                                                  int64_t known_at) const {
  std::vector<v1::TimelineRow> rows;
  std::map<std::vector<std::string>, int64_t> running;  // by the group's part of the key
  for (const auto& [key, bin] :
       Count(request.filter(), DimensionsOf(request.group_by()), request.bucket(), known_at)) {
    int64_t& sum = running[{key.begin() + 1, key.end()}];
    sum += bin.headcount;
    v1::TimelineRow& row = rows.emplace_back();
    row.set_bucket_start(key[0]);
    *row.mutable_group() = bin.group;
    ToFigure(bin, row.mutable_figure());
    row.set_cumulative_headcount(sum);
  }
  return rows;
}

v1::EventRecord NaiveModel::RecordOf(const Standing& standing) const {
  v1::EventRecord record;
  *record.mutable_event() = standing.content;
  record.set_position(standing.position);
  *record.mutable_recorded_time() = ToTimestamp(standing.recorded_time_us);
  record.set_content_position(standing.content_position);
  record.set_status(standing.status);
  return record;
}

std::vector<v1::EventRecord> NaiveModel::Events(const v1::ListEventsRequest& request,
                                                int64_t known_at) const {
  std::vector<v1::EventRecord> records;
  for (const Standing& standing : Replay(known_at)) {
    if (standing.voided || !Matches(request.filter(), /*figures=*/false, standing)) {
      continue;
    }
    bool has_sex = request.filter().sex() == v1::SEX_UNSPECIFIED;
    for (const People& people : PeopleOf(standing.content)) {
      has_sex = has_sex || people.sex == request.filter().sex();
    }
    if (has_sex) records.push_back(RecordOf(standing));
  }
  return records;
}

std::vector<v1::MissionSummary> NaiveModel::Missions(int64_t known_at) const {
  std::map<std::string, v1::MissionSummary> missions;
  for (const Standing& standing : Replay(known_at)) {
    if (standing.voided || standing.status != v1::EVENT_STATUS_ACTUAL) continue;
    const v1::Event& event = standing.content;
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
  for (const Standing& standing : Replay(known_at)) {
    if (standing.id != event_id) continue;
    response.set_voided(standing.voided);
    if (standing.voided) continue;
    *response.mutable_event() = standing.content;
    response.set_status(standing.status);
  }
  return response;
}

std::optional<v1::GetBriefingResponse> NaiveModel::Briefing(const v1::GetBriefingRequest& request,
                                                            int64_t known_at) const {
  bool mission_known = false;
  v1::Filter filter;
  filter.add_missions(request.mission());
  *filter.mutable_days() = request.days();
  std::vector<Standing> counted;
  std::string latest_day;
  for (const Accepted& entry : accepted_) {
    mission_known =
        mission_known || (entry.position <= known_at && entry.submission.has_record() &&
                          entry.submission.record().strength().mission() == request.mission());
  }
  for (const Standing& standing : Replay(known_at)) {
    if (standing.voided || standing.content.mission() != request.mission()) continue;
    mission_known = true;
    if (!Matches(filter, /*figures=*/true, standing)) continue;
    counted.push_back(standing);
    if (!standing.content.country().empty() && !standing.content.site().empty()) {
      latest_day = std::max(latest_day, standing.content.day());
    }
  }
  if (!mission_known) return std::nullopt;

  v1::GetBriefingResponse response;
  for (const Standing& standing : counted) {
    const v1::Event& event = standing.content;
    if (event.day() == latest_day && !event.country().empty() && !event.site().empty() &&
        response.latest_movements_size() < 10) {
      *response.add_latest_movements() = RecordOf(standing);
    }
  }
  const auto figure_of = [&](v1::Category category) {
    v1::Figure figure;
    for (const Standing& standing : counted) {
      if (!Covers(category, standing.content.category())) continue;
      figure.set_headcount(figure.headcount() + standing.content.headcount());
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
