#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "query_service/core/query_core.h"
#include "query_service/core/selection/read_point.h"

namespace repatriation {
namespace {

absl::Status NoSuchEvent(absl::string_view id, Position known_at) {
  return WithReason(absl::NotFoundError(absl::StrCat("no recorded event has id ", Quoted(id),
                                                     " as known at position ", known_at)),
                    "EVENT_UNKNOWN");
}

}  // namespace

absl::StatusOr<v1::GetEventResponse> QueryCore::GetEvent(const v1::GetEventRequest& request) const {
  if (request.event_id().empty()) {
    return InvalidField("event_id", "REQUIRED", "must be set");
  }
  v1::GetEventResponse response;
  Position known_at_position = 0;
  {
    const LedgerView::Reader reader(replica_.view());
    const auto known_at = ResolveKnownAt(request.read(), Page(), reader);
    if (!known_at.ok()) return known_at.status();
    known_at_position = *known_at;
    *response.mutable_header() = MakeHeader(replica_, reader, *known_at);
  }
  const auto position = replica_.FindId(request.event_id());
  if (!position.ok()) return position.status();
  if (!position->has_value() || **position > known_at_position) {
    return NoSuchEvent(request.event_id(), known_at_position);
  }
  Position event = 0;
  std::vector<Correction> corrections;
  {
    const LedgerView::Reader reader(replica_.view());
    event = reader.EventOf(**position);
    corrections = reader.CorrectionsOf(event, known_at_position);
    const Correction last = reader.LastCorrectionOf(event, known_at_position);
    const CellKey& key = reader.CellOf(last.position);
    if (!last.voids() && key.of_events()) response.set_status(key.status);
  }
  const auto first_block = replica_.BlockOf(event);
  if (!first_block.ok()) return first_block.status();
  const LedgerEntry& first = (*first_block)->At(event);
  ToProto(first, first.id, response.add_history());
  for (const Correction& correction : corrections) {
    const auto block = replica_.BlockOf(correction.position);
    if (!block.ok()) return block.status();
    ToProto((*block)->At(correction.position), first.id, response.add_history());
  }
  for (const v1::Entry& entry : response.history()) {
    if (entry.has_event()) *response.mutable_event() = entry.event();
    if (entry.has_amendment()) *response.mutable_event() = entry.amendment().event();
    response.set_voided(entry.has_voiding());
  }
  if (response.voided()) response.clear_event();
  return response;
}

}  // namespace repatriation
