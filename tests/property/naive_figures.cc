// Figures and timelines.
#include <algorithm>

#include "tests/property/naive_model.h"
#include "tests/property/naive_values.h"

namespace repatriation {
namespace {

// Numbers as texts that sort as the numbers do.
std::string Sortable(int number) {
  char text[16];
  std::snprintf(text, sizeof(text), "%06d", number);
  return text;
}

}  // namespace

std::string NaiveModel::BucketOf(const std::string& day, v1::Bucket bucket) const {
  if (bucket == v1::BUCKET_DAY) return day;
  if (bucket == v1::BUCKET_MONTH) return day.substr(0, 7) + "-01";
  if (bucket != v1::BUCKET_WEEK) return "";
  const std::chrono::weekday first =
      fault_ == ModelFault::kWeekFromSunday ? std::chrono::Sunday : std::chrono::Monday;
  return DayOf(DateOf(day) - (std::chrono::weekday(DateOf(day)) - first));
}

void NaiveModel::AddTo(GroupKey* key, v1::Dimension dimension, const v1::Event& event,
                       v1::EventStatus status, v1::Sex sex) const {
  switch (dimension) {
    case v1::DIMENSION_MISSION:
      key->group.set_mission(event.mission());
      key->texts.push_back(event.mission());
      break;
    case v1::DIMENSION_KIND:
      key->group.set_kind(event.kind());
      key->texts.push_back(Sortable(event.kind()));
      break;
    case v1::DIMENSION_CATEGORY:
      key->group.set_category(event.category());
      key->texts.push_back(Sortable(event.category()));
      break;
    case v1::DIMENSION_CATEGORY_GROUP:
      key->group.set_category(NarrowestRollUp(event.category()));
      key->texts.push_back(Sortable(key->group.category()));
      break;
    case v1::DIMENSION_COUNTRY:
      key->group.set_country(event.country());
      key->texts.push_back(event.country());
      break;
    case v1::DIMENSION_SITE:
      key->group.set_site(event.site());
      key->texts.push_back(event.site());
      break;
    case v1::DIMENSION_DESTINATION_SITE:
      key->group.set_destination_site(event.destination_site());
      key->texts.push_back(event.destination_site());
      break;
    case v1::DIMENSION_UNIT:
      key->group.set_unit(event.unit());
      key->texts.push_back(event.unit());
      break;
    case v1::DIMENSION_STATUS:
      key->group.set_status(status);
      key->texts.push_back(Sortable(status));
      break;
    case v1::DIMENSION_SEX:
      key->group.set_sex(sex);
      key->texts.push_back(Sortable(sex));
      break;
    default:
      break;
  }
}

NaiveModel::Bins NaiveModel::Count(const v1::Filter& filter,
                                   const std::vector<v1::Dimension>& group_by, v1::Bucket bucket,
                                   int64_t known_at) const {
  Bins bins;
  for (const EventState& state : Replay(known_at)) {
    const v1::Event& event = state.content;
    if (state.voided || !Matches(filter, /*figures=*/true, state)) continue;
    for (const SexCount& people : SexesOf(event)) {
      if (filter.sex() != v1::SEX_UNSPECIFIED && filter.sex() != people.sex) continue;
      GroupKey key;
      key.texts.push_back(BucketOf(event.day(), bucket));
      for (const v1::Dimension dimension : group_by) {
        AddTo(&key, dimension, event, state.status, people.sex);
      }
      Bin& bin = bins[key.texts];
      bin.group = key.group;
      bin.headcount += people.headcount;
      bin.events.insert(state.position);
      ++bin.events_seen;
    }
  }
  return bins;
}

void NaiveModel::ToFigure(const Bin& bin, v1::Figure* figure) const {
  figure->set_headcount(bin.headcount);
  figure->set_events(fault_ == ModelFault::kSexesAreTwoEvents
                         ? bin.events_seen
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

}  // namespace repatriation
