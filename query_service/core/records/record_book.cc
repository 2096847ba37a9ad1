#include "query_service/core/records/record_book.h"

#include <utility>

namespace repatriation {

const v1::Record& RecordBook::Add(Record record) {
  std::deque<Record>& of_mission = by_mission_[MissionOf(record.content)];
  of_mission.push_back(std::move(record));
  const Record& added = of_mission.back();
  if (added.content.has_reported_through()) marks_[MissionOf(added.content)].push_back(&added);
  return added.content;
}

const std::deque<RecordBook::Record>& RecordBook::Of(absl::string_view mission) const {
  static const auto* const none = new std::deque<Record>;
  const auto found = by_mission_.find(mission);
  return found == by_mission_.end() ? *none : found->second;
}

const std::vector<const RecordBook::Record*>& RecordBook::MarksOf(absl::string_view mission) const {
  static const auto* const none = new std::vector<const Record*>;
  const auto found = marks_.find(mission);
  return found == marks_.end() ? *none : found->second;
}

const v1::Mandate* MandateAt(const std::deque<RecordBook::Record>& records, Position known_at) {
  const v1::Mandate* mandate = nullptr;
  for (const RecordBook::Record& record : records) {
    if (record.position > known_at) break;
    if (record.content.has_mandate()) mandate = &record.content.mandate();
  }
  return mandate;
}

}  // namespace repatriation
