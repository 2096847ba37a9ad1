// A ledger entry in memory: what was recorded, when and at which position. Text
// fields are views into the message or block that the entry was read from, which
// must outlive it.
//
// Thread-safety: plain values.
#ifndef COMMON_LEDGER_ENTRY_H_
#define COMMON_LEDGER_ENTRY_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/domain/day.h"
#include "repatriation/v1/event.pb.h"

namespace repatriation {

// Place of an entry in the ledger: 1, 2, ... without gaps; 0 is before the first.
using Position = int64_t;

// Maximum headcount of one event.
inline constexpr int32_t kHeadcountMax = 100'000;

// EventContent::female if the source does not state it.
inline constexpr int32_t kFemaleUnknown = -1;

// An event without its id. The fields are those of v1::Event.
struct EventContent {
  absl::string_view mission;
  absl::string_view country;
  absl::string_view site;
  absl::string_view destination_site;
  absl::string_view unit;
  absl::string_view movement_ref;
  absl::string_view source;
  v1::Kind kind = v1::KIND_UNSPECIFIED;
  v1::Category category = v1::CATEGORY_UNSPECIFIED;
  v1::Qualifier qualifier = v1::QUALIFIER_UNSPECIFIED;
  v1::EventStatus status = v1::EVENT_STATUS_ACTUAL;  // or EVENT_STATUS_PLANNED
  DayNumber day = 0;
  int32_t headcount = 0;
  int32_t female = kFemaleUnknown;

  friend bool operator==(const EventContent&, const EventContent&) = default;
};

enum class EntryType : uint8_t { kEvent, kAmendment, kVoiding, kQuarantineRelease, kRecord };

// Whether entries of this type correct an event.
inline bool IsCorrection(EntryType type) {
  return type == EntryType::kAmendment || type == EntryType::kVoiding ||
         type == EntryType::kQuarantineRelease;
}
// Whether entries of this type have the content of an event.
inline bool HasContent(EntryType type) {
  return type == EntryType::kEvent || type == EntryType::kAmendment;
}

struct LedgerEntry {
  EntryType type = EntryType::kEvent;
  Position position = 0;
  int64_t recorded_time_us = 0;  // microseconds since 1970-01-01T00:00Z
  absl::string_view id;          // the event's, or the correction's own
  Position target_position = 0;  // corrections: the event's first entry
  absl::string_view reason;      // corrections
  EventContent event;            // events and amendments
  absl::string_view record;      // records: as encoded by EncodeRecord()

  // True if both are equal apart from position and recorded time.
  bool SameContent(const LedgerEntry& other) const {
    return type == other.type && id == other.id && target_position == other.target_position &&
           reason == other.reason && event == other.event && record == other.record;
  }
};

// The event as a message. `id` is the event's.
void ToProto(absl::string_view id, const EventContent& content, v1::Event* event);

// The id of a record of any kind; empty if its content is not set.
const std::string& IdOf(const v1::Record& record);
// The path prefix of its fields within a submission ("record.mandate."); likewise.
std::string PathOf(const v1::Record& record);
// The mission of a record; likewise.
const std::string& MissionOf(const v1::Record& record);

// The stored form of a record: its message in protobuf wire format, fields ordered
// by number, without fields that are unknown to this build.
std::string EncodeRecord(const v1::Record& record);

// The entry as a message; `event_id` is the id of the event, or of the event that
// the entry corrects.
void ToProto(const LedgerEntry& entry, absl::string_view event_id, v1::Entry* proto);

}  // namespace repatriation

#endif  // COMMON_LEDGER_ENTRY_H_
