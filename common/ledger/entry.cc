#include "common/ledger/entry.h"

#include "google/protobuf/util/time_util.h"

namespace repatriation {
namespace {

void Set(std::string* field, absl::string_view text) { field->assign(text.data(), text.size()); }

}  // namespace

void ToProto(absl::string_view id, const EventContent& content, v1::Event* event) {
  Set(event->mutable_event_id(), id);
  Set(event->mutable_mission(), content.mission);
  event->set_kind(content.kind);
  event->set_day(FormatDay(content.day));
  event->set_category(content.category);
  Set(event->mutable_country(), content.country);
  Set(event->mutable_site(), content.site);
  Set(event->mutable_destination_site(), content.destination_site);
  Set(event->mutable_unit(), content.unit);
  event->set_headcount(content.headcount);
  if (content.female != kFemaleUnknown) event->set_female(content.female);
  Set(event->mutable_movement_ref(), content.movement_ref);
  Set(event->mutable_source(), content.source);
  event->set_qualifier(content.qualifier);
}

void ToProto(const LedgerEntry& entry, absl::string_view event_id, v1::Entry* proto) {
  proto->set_position(entry.position);
  *proto->mutable_recorded_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(entry.recorded_time_us);
  switch (entry.type) {
    case EntryType::kEvent:
      ToProto(event_id, entry.event, proto->mutable_event());
      break;
    case EntryType::kAmendment: {
      auto& amendment = *proto->mutable_amendment();
      Set(amendment.mutable_correction_id(), entry.id);
      Set(amendment.mutable_event_id(), event_id);
      Set(amendment.mutable_reason(), entry.reason);
      ToProto(event_id, entry.event, amendment.mutable_event());
      break;
    }
    case EntryType::kVoiding: {
      auto& voiding = *proto->mutable_voiding();
      Set(voiding.mutable_correction_id(), entry.id);
      Set(voiding.mutable_event_id(), event_id);
      Set(voiding.mutable_reason(), entry.reason);
      break;
    }
  }
}

}  // namespace repatriation
