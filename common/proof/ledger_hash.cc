#include "common/proof/ledger_hash.h"

#include <google/protobuf/util/time_util.h>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"

namespace repatriation {
namespace {

void SetTail(const LedgerTail& tail, v1::GetLedgerHashResponse& response) {
  response.set_position(tail.position);
  response.set_hash(Hex(tail.hash));
  if (tail.position == 0) return;
  *response.mutable_recorded_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(tail.recorded_time_us);
}

}  // namespace

absl::StatusOr<v1::GetLedgerHashResponse> LedgerHashAt(const v1::GetLedgerHashRequest& request,
                                                       const LedgerId& ledger_id, Position last,
                                                       ReadBlockOf read_block_of) {
  if (request.position() < 0) {
    return InvalidField("position", "OUT_OF_RANGE",
                        absl::StrCat("must not be negative, is ", request.position()));
  }
  if (request.position() > last) {
    return WithReason(absl::OutOfRangeError(absl::StrCat("the ledger ends at position ", last,
                                                         ", before ", request.position())),
                      "POSITION_AHEAD_OF_LEDGER");
  }
  v1::GetLedgerHashResponse response;
  response.set_ledger_id(ledger_id.ToString());
  response.set_last_position(last);
  const Position position = request.position() == 0 ? last : request.position();
  LedgerTail tail;
  if (position > 0) {
    const auto bytes = read_block_of(position);
    if (!bytes.ok()) return bytes.status();
    // Its hash was checked when it was read.
    const auto block = Block::ParseHashed(*bytes);
    if (!block.ok()) return block.status();
    tail = block->tail();
  }
  SetTail(tail, response);
  return response;
}

}  // namespace repatriation
