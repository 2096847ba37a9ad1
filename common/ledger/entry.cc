#include "common/ledger/entry.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"

namespace repatriation {
namespace {

const auto* const kEmpty = new std::string;

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
  // As submitted: the status of an actual event is left unset.
  if (content.status != v1::EVENT_STATUS_ACTUAL) event->set_status(content.status);
}

const std::string& IdOf(const v1::Record& record) {
  switch (record.content_case()) {
    case v1::Record::kMandate:
      return record.mandate().record_id();
    case v1::Record::kStrength:
      return record.strength().record_id();
    case v1::Record::kStatement:
      return record.statement().record_id();
    case v1::Record::kReportedThrough:
      return record.reported_through().record_id();
    case v1::Record::kSiteClosure:
      return record.site_closure().record_id();
    case v1::Record::CONTENT_NOT_SET:
      break;
  }
  return *kEmpty;
}

std::string PathOf(const v1::Record& record) {
  const auto* content = record.GetReflection()->GetOneofFieldDescriptor(
      record, record.GetDescriptor()->oneof_decl(0));
  return content == nullptr ? "" : absl::StrCat("record.", content->name(), ".");
}

const std::string& MissionOf(const v1::Record& record) {
  switch (record.content_case()) {
    case v1::Record::kMandate:
      return record.mandate().mission();
    case v1::Record::kStrength:
      return record.strength().mission();
    case v1::Record::kStatement:
      return record.statement().mission();
    case v1::Record::kReportedThrough:
      return record.reported_through().mission();
    case v1::Record::kSiteClosure:
      return record.site_closure().mission();
    case v1::Record::CONTENT_NOT_SET:
      break;
  }
  return *kEmpty;
}

std::string EncodeRecord(const v1::Record& record) {
  v1::Record known = record;
  known.DiscardUnknownFields();
  return known.SerializeAsString();
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
    case EntryType::kQuarantineRelease: {
      auto& release = *proto->mutable_quarantine_release();
      Set(release.mutable_correction_id(), entry.id);
      Set(release.mutable_event_id(), event_id);
      Set(release.mutable_reason(), entry.reason);
      break;
    }
    case EntryType::kRecord:
      proto->mutable_record()->ParseFromArray(entry.record.data(),
                                              static_cast<int>(entry.record.size()));
      break;
  }
}

}  // namespace repatriation
