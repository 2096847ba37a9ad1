#include "query_service/core/selection/event_lookup.h"

#include "google/protobuf/util/time_util.h"

namespace repatriation {

absl::Status ReadEventRecord(const Replica& replica, const EventPositions& positions,
                             v1::EventRecord* record) {
  const auto event_block = replica.BlockOf(positions.event);
  if (!event_block.ok()) return event_block.status();
  const auto content_block = replica.BlockOf(positions.content);
  if (!content_block.ok()) return content_block.status();
  const LedgerEntry& event = (*event_block)->At(positions.event);
  ToProto(event.id, (*content_block)->At(positions.content).event, record->mutable_event());
  record->set_position(positions.event);
  *record->mutable_recorded_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(event.recorded_time_us);
  record->set_content_position(positions.content);
  record->set_status(positions.status);
  return absl::OkStatus();
}

}  // namespace repatriation
