// Helpers shared by the parts of the naive model.
//
// Thread-safety: all functions are pure.
#ifndef TESTS_PROPERTY_NAIVE_VALUES_H_
#define TESTS_PROPERTY_NAIVE_VALUES_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "google/protobuf/timestamp.pb.h"
#include "repatriation/v1/event.pb.h"
#include "repatriation/v1/figure.pb.h"

namespace repatriation {

inline google::protobuf::Timestamp ToTimestamp(int64_t time_us) {
  google::protobuf::Timestamp time;
  time.set_seconds(time_us / 1'000'000);
  time.set_nanos(static_cast<int32_t>(time_us % 1'000'000 * 1000));
  return time;
}

// A message as one line of text.
template <typename Message>
std::string TextOf(const Message& message) {
  return message.ShortDebugString();
}

// Calls `visit` with the content of a record.
template <typename Visit>
auto VisitRecord(const v1::Record& record, Visit visit) {
  switch (record.content_case()) {
    case v1::Record::kMandate:
      return visit(record.mandate());
    case v1::Record::kStrength:
      return visit(record.strength());
    case v1::Record::kStatement:
      return visit(record.statement());
    default:
      return visit(record.reported_through());
  }
}

inline std::string RecordIdOf(const v1::Record& record) {
  return VisitRecord(record, [](const auto& content) { return content.record_id(); });
}
inline std::string MissionIn(const v1::Record& record) {
  return VisitRecord(record, [](const auto& content) { return content.mission(); });
}

inline bool IsPlanned(const v1::Event& event) { return event.status() == v1::EVENT_STATUS_PLANNED; }

template <typename Values, typename Value>
bool IsOneOf(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

inline bool TextMatches(const google::protobuf::RepeatedPtrField<std::string>& wanted,
                        const std::string& text) {
  return wanted.empty() || IsOneOf(wanted, text);
}

// Dates of the calendar, written "YYYY-MM-DD".
inline std::chrono::sys_days DateOf(const std::string& day) {
  return std::chrono::year(std::stoi(day.substr(0, 4))) / std::stoi(day.substr(5, 2)) /
         std::stoi(day.substr(8, 2));
}
inline std::string DayOf(std::chrono::sys_days date) {
  const std::chrono::year_month_day day = date;
  char text[32];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text;
}
inline std::string DayAfter(const std::string& day) {
  return DayOf(DateOf(day) + std::chrono::days(1));
}

inline std::vector<v1::Dimension> DimensionsOf(
    const google::protobuf::RepeatedField<int>& numbers) {
  std::vector<v1::Dimension> dimensions;
  for (const int number : numbers) dimensions.push_back(static_cast<v1::Dimension>(number));
  return dimensions;
}

// An event's people of one sex, or of unknown sex.
struct SexCount {
  v1::Sex sex;
  int64_t headcount;
};

inline std::vector<SexCount> SexesOf(const v1::Event& event) {
  if (!event.has_female()) return {{v1::SEX_UNKNOWN, event.headcount()}};
  std::vector<SexCount> people;
  if (event.female() > 0) people.push_back({v1::SEX_FEMALE, event.female()});
  if (event.female() < event.headcount()) {
    people.push_back({v1::SEX_MALE, event.headcount() - event.female()});
  }
  return people;
}

}  // namespace repatriation

#endif  // TESTS_PROPERTY_NAIVE_VALUES_H_
