#include "ingest_service/core/plain_batch.h"

#include <utility>

#include "common/base/text.h"
#include "common/base/wire_tag.h"
#include "common/ledger/byte_codec.h"

namespace repatriation {
namespace {

constexpr uint8_t kSubmissionTag = BytesTag(v1::StreamEventsRequest::kSubmissionsFieldNumber);

// Reads a string of `event`; false unless it is UTF-8, which protobuf requires.
bool ReadText(ByteReader& in, SubmittedEvent& event, absl::string_view& text) {
  text = in.Bytes(in.Varint());
  if (IsPlainText(text)) return true;
  event.is_plain = false;
  return IsValidUtf8(text);
}

// Reads an int32 or an enum; like protobuf, keeps the low 32 bits.
template <typename Number>
bool ReadNumber(ByteReader& in, Number& value) {
  value = static_cast<Number>(static_cast<int32_t>(in.Varint()));
  return true;
}

// Reads the field with `tag` from `in`; false if no field has this number and type.
bool ReadField(uint8_t tag, ByteReader& in, SubmittedEvent& event) {
  EventContent& content = event.content;
  switch (tag) {
    case BytesTag(v1::Event::kEventIdFieldNumber):
      return ReadText(in, event, event.event_id);
    case BytesTag(v1::Event::kMissionFieldNumber):
      return ReadText(in, event, content.mission);
    case VarintTag(v1::Event::kKindFieldNumber):
      return ReadNumber(in, content.kind);
    case BytesTag(v1::Event::kDayFieldNumber):
      return ReadText(in, event, event.day);
    case VarintTag(v1::Event::kCategoryFieldNumber):
      return ReadNumber(in, content.category);
    case BytesTag(v1::Event::kCountryFieldNumber):
      return ReadText(in, event, content.country);
    case BytesTag(v1::Event::kSiteFieldNumber):
      return ReadText(in, event, content.site);
    case BytesTag(v1::Event::kDestinationSiteFieldNumber):
      return ReadText(in, event, content.destination_site);
    case BytesTag(v1::Event::kUnitFieldNumber):
      return ReadText(in, event, content.unit);
    case VarintTag(v1::Event::kHeadcountFieldNumber):
      return ReadNumber(in, content.headcount);
    case VarintTag(v1::Event::kFemaleFieldNumber):
      return ReadNumber(in, event.female.emplace());
    case BytesTag(v1::Event::kMovementRefFieldNumber):
      return ReadText(in, event, content.movement_ref);
    case BytesTag(v1::Event::kSourceFieldNumber):
      return ReadText(in, event, content.source);
    case VarintTag(v1::Event::kQualifierFieldNumber):
      return ReadNumber(in, content.qualifier);
    case VarintTag(v1::Event::kStatusFieldNumber):
      return ReadNumber(in, content.status);
    default:
      return false;
  }
}

// Reads a v1::Submission of one event. Fields may come in any order; if one is
// repeated the last value wins, as in protobuf.
bool ReadEvent(absl::string_view submission, SubmittedEvent& event) {
  ByteReader outer(submission);
  if (outer.Fixed<uint8_t>() != BytesTag(v1::Submission::kEventFieldNumber)) return false;
  ByteReader in(outer.Bytes(outer.Varint()));
  if (!outer.ok() || !outer.at_end()) return false;
  while (!in.at_end()) {
    if (!ReadField(in.Fixed<uint8_t>(), in, event)) return false;
  }
  return in.ok();
}

// Calls `visit` with each submission of the request until it returns false. Returns
// false then, and if the request has an unknown field.
template <typename Visit>
bool ForEachSubmission(absl::string_view request, int64_t& batch_number, Visit visit) {
  ByteReader in(request);
  while (!in.at_end()) {
    const uint8_t tag = in.Fixed<uint8_t>();
    if (tag == VarintTag(v1::StreamEventsRequest::kBatchNumberFieldNumber)) {
      batch_number = static_cast<int64_t>(in.Varint());
    } else if (tag != kSubmissionTag || !visit(in.Bytes(in.Varint()))) {
      return false;
    }
  }
  return in.ok();
}

}  // namespace

absl::optional<PlainBatch> CheckPlainBatch(absl::string_view request, size_t submissions_max,
                                           DayNumber today) {
  PlainBatch plain;
  CheckedBatch& batch = plain.batch;
  int count = 0;
  const bool counted = ForEachSubmission(request, plain.batch_number, [&](absl::string_view) {
    return static_cast<size_t>(++count) <= submissions_max;
  });
  if (!counted || count == 0) return absl::nullopt;
  batch.bytes = request.size();
  batch.submissions.reserve(count);
  batch.result.mutable_positions()->Resize(count, 0);
  const bool read =
      ForEachSubmission(request, plain.batch_number, [&](absl::string_view submission) {
        SubmittedEvent event;
        event.is_plain = true;
        if (!ReadEvent(submission, event)) return false;
        auto violation = Validate(event, today, batch.submissions.emplace_back());
        if (violation.has_value()) {
          AddRejection(static_cast<int>(batch.submissions.size()) - 1, *std::move(violation),
                       batch.result);
        }
        return true;
      });
  if (!read) return absl::nullopt;
  return plain;
}

}  // namespace repatriation
