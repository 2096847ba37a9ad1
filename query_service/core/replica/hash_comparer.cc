#include "query_service/core/replica/hash_comparer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/log.h"

namespace repatriation {
namespace {

// Bytes reread per interval. Takes a tenth of a second; with an interval of ten minutes
// 2 GB a day.
constexpr size_t kRecheckBytes = 16 << 20;

absl::Status Differs(absl::string_view reason, absl::string_view message) {
  return WithReason(absl::FailedPreconditionError(message), reason);
}

}  // namespace

absl::Status CompareHashAt(const Replica& replica, HashSource& source, Position position) {
  v1::GetLedgerHashRequest request;
  request.set_position(position);
  const auto own = replica.GetLedgerHash(request);
  if (absl::IsDataLoss(own.status())) return Differs("COPY_DAMAGED", own.status().message());
  if (!own.ok()) return own.status();
  const auto ledger = source.GetLedgerHash(own->position());
  if (!ledger.ok()) {
    if (ReasonOf(ledger.status()) != "POSITION_AHEAD_OF_LEDGER") return ledger.status();
    return Differs("POSITION_AHEAD_OF_LEDGER", ledger.status().message());
  }
  if (ledger->ledger_id() != own->ledger_id()) {
    return Differs("LEDGER_ID_MISMATCH", absl::StrCat("the ledger is now ", ledger->ledger_id(),
                                                      ", this replica follows ", own->ledger_id(),
                                                      " up to position ", own->position()));
  }
  if (ledger->position() == own->position() && ledger->hash() == own->hash()) {
    return absl::OkStatus();
  }
  return Differs("HASH_MISMATCH",
                 absl::StrCat("the histories differ: at position ", own->position(),
                              " this replica's hash is ", own->hash(), ", the ledger's is ",
                              ledger->hash(), " at position ", ledger->position()));
}

absl::Status RecheckNextBlocks(const Replica& replica, HashSource& source, size_t bytes_max,
                               LedgerTail& checked) {
  const auto read = replica.RecheckBlocks(checked, bytes_max);
  if (absl::IsDataLoss(read.status())) return Differs("COPY_DAMAGED", read.status().message());
  if (!read.ok()) return read.status();
  if (read->position == checked.position) {
    checked = LedgerTail();
    return absl::OkStatus();
  }
  const absl::Status compared = CompareHashAt(replica, source, read->position);
  if (compared.ok()) checked = *read;
  return compared;
}

HashComparer::HashComparer(const Replica* replica, HashSource* source, absl::Duration interval,
                           absl::AnyInvocable<void(const absl::Status&)> on_divergence)
    : replica_(replica),
      source_(source),
      interval_(interval),
      on_divergence_(std::move(on_divergence)),
      thread_([this] { Run(); }) {}

HashComparer::~HashComparer() { Stop(); }

void HashComparer::Stop() {
  stop_.RequestStop();
  source_->Cancel();
  std::call_once(joined_, [this] { thread_.join(); });
}

void HashComparer::Run() {
  for (;;) {
    const absl::Duration delay =
        interval_ * std::uniform_real_distribution<double>(0.5, 1.0)(random_);
    if (stop_.WaitFor(delay)) return;
    const absl::Status compared = Compare();
    if (compared.ok()) continue;
    if (absl::IsFailedPrecondition(compared)) return on_divergence_(compared);
    LogWarning("cannot compare this replica with its ledger: ", Describe(compared));
  }
}

absl::Status HashComparer::Compare() {
  const Position last = replica_->tail().position;
  if (last == 0) return absl::OkStatus();
  const absl::Status compared = CompareHashAt(*replica_, *source_, last);
  if (!compared.ok()) return compared;
  return RecheckNextBlocks(*replica_, *source_, kRecheckBytes, rechecked_);
}

}  // namespace repatriation
