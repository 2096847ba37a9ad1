#include "query_service/core/selection/read_point.h"

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "google/protobuf/util/time_util.h"

namespace repatriation {
namespace {

using google::protobuf::util::TimeUtil;

absl::Status CheckPosition(absl::string_view field, Position position) {
  if (position >= 0) return absl::OkStatus();
  return InvalidField(field, "OUT_OF_RANGE", absl::StrCat("must not be negative, is ", position));
}

// The range that google/protobuf/timestamp.proto states.
bool IsValid(const google::protobuf::Timestamp& time) {
  return time.seconds() >= TimeUtil::kTimestampMinSeconds &&
         time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

}  // namespace

absl::Status CheckReadOptions(const v1::ReadOptions& read, absl::string_view path) {
  absl::Status status = CheckPosition(absl::StrCat(path, ".min_position"), read.min_position());
  status.Update(CheckPosition(absl::StrCat(path, ".known_at_position"), read.known_at_position()));
  if (read.has_known_at_time() && !IsValid(read.known_at_time())) {
    status.Update(InvalidField(absl::StrCat(path, ".known_at_time"), "OUT_OF_RANGE",
                               "must be a time from year 1 to year 9999"));
  }
  return status;
}

absl::StatusOr<Position> ResolveKnownAt(const v1::ReadOptions& read, const Page& page,
                                        const LedgerView::Reader& reader, absl::string_view path) {
  const absl::Status checked = CheckReadOptions(read, path);
  if (!checked.ok()) return checked;
  const Position applied = reader.tail().position;
  Position known_at = applied;
  if (!page.first) {
    known_at = page.known_at;
  } else if (read.known_at_case() == v1::ReadOptions::kKnownAtPosition) {
    known_at = read.known_at_position();
  } else if (read.known_at_case() == v1::ReadOptions::kKnownAtTime) {
    return reader.PositionAtTime(TimeUtil::TimestampToMicroseconds(read.known_at_time()));
  }
  if (known_at <= applied) return known_at;
  return WithReason(absl::OutOfRangeError(absl::StrCat(
                        "position ", known_at, " is not applied yet, this replica is at ", applied,
                        "; set min_position to wait for it")),
                    "POSITION_NOT_APPLIED");
}

absl::Status CheckMissionKnown(absl::string_view mission, Position known_at,
                               const LedgerView::Reader& reader) {
  const auto id = reader.FindText(mission);
  bool known = false;
  if (id.has_value()) {
    reader.ForEachCell(
        /*dimensions=*/0, known_at, [&](const CellKey& key) { return key.mission == *id; },
        [&](const CellKey&, const CellTotal&) { known = true; });
  }
  if (known) return absl::OkStatus();
  return WithReason(
      absl::NotFoundError(absl::StrCat("no event or record of mission ", Quoted(mission),
                                       " is known at position ", known_at)),
      "MISSION_UNKNOWN");
}

v1::ResponseHeader MakeHeader(const Replica& replica, const LedgerView::Reader& reader,
                              Position known_at) {
  v1::ResponseHeader header;
  header.set_ledger_id(replica.ledger_id().ToString());
  header.set_applied_position(reader.tail().position);
  header.set_applied_hash(Hex(reader.tail().hash));
  header.set_known_at_position(known_at);
  if (known_at > 0) {
    const LedgerTail end = reader.BlockEndOf(known_at);
    *header.mutable_known_at_time() = TimeUtil::MicrosecondsToTimestamp(end.recorded_time_us);
    header.set_known_at_hash(Hex(end.hash));
    header.set_known_at_hash_position(end.position);
  }
  return header;
}

}  // namespace repatriation
