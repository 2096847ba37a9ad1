#include "tests/property/naive_model.h"

#include <algorithm>
#include <utility>

#include "tests/property/naive_values.h"

namespace repatriation {
namespace {

// A submission without redundant fields: an amendment may name its event twice.
std::string ContentOf(v1::Submission submission) {
  if (submission.has_amendment()) {
    submission.mutable_amendment()->mutable_event()->set_event_id("");
  }
  return submission.SerializeAsString();
}

std::string PrefixOf(const v1::Submission& submission) {
  if (submission.has_event()) return "event.";
  if (submission.has_quarantine_release()) return "quarantine_release.";
  if (submission.has_amendment()) return "amendment.";
  if (submission.has_voiding()) return "voiding.";
  switch (submission.record().content_case()) {
    case v1::Record::kMandate:
      return "record.mandate.";
    case v1::Record::kStrength:
      return "record.strength.";
    case v1::Record::kStatement:
      return "record.statement.";
    default:
      return "record.reported_through.";
  }
}

std::string IdFieldOf(const v1::Submission& submission) {
  if (submission.has_event()) return "event_id";
  return submission.has_record() ? "record_id" : "correction_id";
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
  if (submission.has_record()) entry.id = RecordIdOf(submission.record());
  const std::string prefix = PrefixOf(submission);
  if (const Accepted* known = FindId(entry.id); known != nullptr) {
    if (ContentOf(known->submission) == ContentOf(submission) ||
        fault_ == ModelFault::kConflictIsDuplicate) {
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
        fault_ != ModelFault::kVoidedMayBeAmended) {
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

std::optional<int64_t> NaiveModel::KnownAt(const v1::ReadOptions& read, int64_t applied) const {
  if (fault_ == ModelFault::kKnownAtIgnored) return applied;
  if (read.has_known_at_time()) {
    const auto& time = read.known_at_time();
    const int64_t time_us = time.seconds() * 1'000'000 + time.nanos() / 1000;
    int64_t position = 0;
    for (const Accepted& entry : accepted_) {
      const bool recorded = fault_ == ModelFault::kKnownAtTimeExclusive
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

std::vector<const v1::Record*> NaiveModel::RecordsOf(const std::string& mission,
                                                     int64_t known_at) const {
  std::vector<const v1::Record*> records;
  for (const Accepted& entry : accepted_) {
    if (entry.position > known_at) break;
    if (!entry.submission.has_record()) continue;
    const v1::Record& record = entry.submission.record();
    if (MissionIn(record) == mission) records.push_back(&record);
  }
  return records;
}

bool NaiveModel::IsKnown(const std::string& mission, int64_t known_at) const {
  const std::vector<EventState>& events = Replay(known_at);
  return !RecordsOf(mission, known_at).empty() ||
         std::any_of(events.begin(), events.end(), [&](const EventState& state) {
           return !state.voided && state.content.mission() == mission;
         });
}

const std::vector<NaiveModel::EventState>& NaiveModel::Replay(int64_t known_at) const {
  const auto known = replays_.find(known_at);
  if (known != replays_.end()) return known->second;
  return replays_.emplace(known_at, ReplayUncached(known_at)).first->second;
}

std::vector<NaiveModel::EventState> NaiveModel::ReplayUncached(int64_t known_at) const {
  std::vector<EventState> events;
  for (const Accepted& entry : accepted_) {
    if (entry.position > known_at) break;
    if (entry.submission.has_record()) continue;
    const auto status_of = [&](const v1::Event& event) {
      if (IsPlanned(event)) return v1::EVENT_STATUS_PLANNED;
      return quarantined_.contains(entry.position) ? v1::EVENT_STATUS_QUARANTINED
                                                   : v1::EVENT_STATUS_ACTUAL;
    };
    if (entry.submission.has_event()) {
      events.push_back({entry.id, entry.submission.event(), entry.position, entry.position,
                        entry.recorded_time_us, false, status_of(entry.submission.event())});
      continue;
    }
    const auto event = std::find_if(events.begin(), events.end(), [&](const EventState& candidate) {
      return candidate.id == entry.target;
    });
    if (entry.submission.has_voiding()) {
      event->voided = fault_ != ModelFault::kVoidedStillCounts;
      continue;
    }
    if (entry.submission.has_quarantine_release()) {
      if (fault_ != ModelFault::kReleaseIgnored && event->status == v1::EVENT_STATUS_QUARANTINED) {
        event->status = v1::EVENT_STATUS_ACTUAL;
      }
      continue;
    }
    if (fault_ == ModelFault::kAmendmentIgnored) continue;
    EventState amended = *event;
    amended.content = entry.submission.amendment().event();
    amended.content.set_event_id(entry.target);
    amended.content_position = entry.position;
    amended.status = status_of(amended.content);
    if (fault_ == ModelFault::kAmendedCountsTwice) {
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
              fault_ != ModelFault::kForceWithoutStaffOfficers);
    case v1::CATEGORY_UN_POLICE:
      return leaf == v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER ||
             leaf == v1::CATEGORY_FORMED_POLICE_UNIT;
    case v1::CATEGORY_UNIFORMED:
      return Covers(v1::CATEGORY_FORCE, leaf) || Covers(v1::CATEGORY_UN_POLICE, leaf) ||
             leaf == v1::CATEGORY_EXPERT_ON_MISSION;
    case v1::CATEGORY_CIVILIAN:
      return leaf == v1::CATEGORY_INTERNATIONAL_STAFF || leaf == v1::CATEGORY_UN_VOLUNTEER ||
             (leaf == v1::CATEGORY_NATIONAL_STAFF &&
              fault_ == ModelFault::kNationalStaffIsCivilian);
    case v1::CATEGORY_ALL:
      return true;
    default:
      return wanted == leaf;
  }
}

std::set<v1::Category> NaiveModel::LeavesOf(v1::Category category) const {
  std::set<v1::Category> leaves;
  for (int number = v1::CATEGORY_CONTINGENT_TROOPS; number <= v1::CATEGORY_NATIONAL_STAFF;
       ++number) {
    const auto leaf = static_cast<v1::Category>(number);
    if (Covers(category, leaf)) leaves.insert(leaf);
  }
  return leaves;
}

v1::Category NaiveModel::NarrowestRollUp(v1::Category leaf) const {
  if (Covers(v1::CATEGORY_FORCE, leaf)) return v1::CATEGORY_FORCE;
  if (Covers(v1::CATEGORY_UN_POLICE, leaf)) return v1::CATEGORY_UN_POLICE;
  if (Covers(v1::CATEGORY_CIVILIAN, leaf)) return v1::CATEGORY_CIVILIAN;
  return leaf;
}

bool NaiveModel::Matches(const v1::Filter& filter, bool figures, const EventState& state) const {
  const v1::Event& event = state.content;
  bool status = !figures || state.status == v1::EVENT_STATUS_ACTUAL ||
                (fault_ == ModelFault::kPlannedCounts && state.status == v1::EVENT_STATUS_PLANNED);
  if (!filter.statuses().empty()) status = IsOneOf(filter.statuses(), state.status);
  if (!status) return false;
  const bool kind = filter.kinds().empty() ? !figures || event.kind() == v1::KIND_REPATRIATION
                                           : IsOneOf(filter.kinds(), event.kind());
  bool category = filter.categories().empty();
  for (const int wanted : filter.categories()) {
    category = category || Covers(static_cast<v1::Category>(wanted), event.category());
  }
  // The text of days sorts like the days.
  const std::string& from = filter.days().from();
  const std::string& to = filter.days().to();
  const bool before_end =
      fault_ == ModelFault::kLastDayIncluded ? event.day() <= to : event.day() < to;
  const bool day = (from.empty() || event.day() >= from) && (to.empty() || before_end);
  if (fault_ == ModelFault::kUnknownSiteMatchesNothing && !filter.sites().empty() &&
      event.site().empty()) {
    return false;
  }
  return kind && category && day && TextMatches(filter.missions(), event.mission()) &&
         TextMatches(filter.countries(), event.country()) &&
         TextMatches(filter.sites(), event.site()) &&
         TextMatches(filter.destination_sites(), event.destination_site()) &&
         TextMatches(filter.units(), event.unit());
}

}  // namespace repatriation
