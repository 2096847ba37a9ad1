#include "ingest_service/handlers/feed_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/rpc/parse.h"

namespace repatriation {
namespace {

absl::Status Mismatch(absl::string_view reason, absl::string_view message) {
  return WithReason(absl::FailedPreconditionError(message), reason);
}

absl::Status TooSlow(absl::Duration stall_max) {
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "the follower did not read a block within ",
                        absl::FormatDuration(stall_max), "; resume from the last block received")),
                    "FOLLOWER_TOO_SLOW");
}

absl::Status Overloaded(const IngestContext& context) {
  return Exhausted("request queue is full", context.retry_delay);
}

}  // namespace

WriteStream::Reactor* FeedStream::Start(const IngestContext* context,
                                        grpc::CallbackServerContext* call,
                                        const grpc::ByteBuffer* request) {
  auto ticket = context->followers->Admit();
  if (!ticket.ok()) return new RefusingReactor<Reactor>(ticket.status());
  const std::shared_ptr<FeedStream> stream(
      new FeedStream(context, *std::move(ticket), call, request));
  return stream->Open([self = stream.get()] { self->Begin(); }, Overloaded(*context));
}

FeedStream::FeedStream(const IngestContext* context, CallAdmission::Ticket ticket,
                       grpc::CallbackServerContext* call, const grpc::ByteBuffer* request)
    : WriteStream({.open_streams = context->open_streams,
                   .clock = context->clock,
                   .executor = context->feed_executor,
                   .stall_max = context->follower_stall_max,
                   .stalled = TooSlow(context->follower_stall_max)},
                  std::move(ticket), call),
      context_(context),
      request_(request) {}

void FeedStream::Begin() {
  v1::FollowRequest request;
  absl::Status status = ParseMessage(*request_, context_->message_bytes_max, &request);
  if (status.ok()) status = CheckRequest(request);
  const MutexLock lock(mutex_);
  if (!TaskDoneLocked()) return;
  if (!status.ok()) return EndLocked(status);
  sent_through_ = request.after_position();
  ScheduleReadLocked();
}

absl::Status FeedStream::CheckRequest(const v1::FollowRequest& request) const {
  const std::string own_id = context_->log->id().ToString();
  const Position after = request.after_position();
  if (after < 0) {
    return InvalidField("after_position", "OUT_OF_RANGE",
                        absl::StrCat("must not be negative, is ", after));
  }
  if (!request.after_hash().empty() && request.after_hash().size() != sizeof(Sha256Digest)) {
    return InvalidField("after_hash", "OUT_OF_RANGE",
                        absl::StrCat("must be 32 bytes, has ", request.after_hash().size()));
  }
  if (!request.ledger_id().empty() && request.ledger_id() != own_id) {
    return Mismatch("LEDGER_ID_MISMATCH",
                    absl::StrCat("this is ledger ", own_id, ", the follower's is ",
                                 request.ledger_id(), " at position ", after));
  }
  const Position tail = context_->log->tail().position;
  if (after > tail) {
    return Mismatch("POSITION_AHEAD_OF_LEDGER",
                    absl::StrCat("the ledger ends at position ", tail, ", before ", after,
                                 ": it went back, as when a backup is restored"));
  }
  if (after == 0) return absl::OkStatus();
  const auto bytes = context_->log->ReadBlockOf(after);
  if (!bytes.ok()) return bytes.status();
  const auto block = Block::Parse(*bytes);
  if (!block.ok()) return block.status();
  if (block->last_position() != after) {
    return InvalidField("after_position", "NOT_END_OF_BLOCK",
                        absl::StrCat("must be the end of a block, ", after, " lies in ",
                                     block->first_position(), " to ", block->last_position()));
  }
  if (!request.after_hash().empty() && Hex(block->hash()) != Hex(request.after_hash())) {
    return Mismatch("HASH_MISMATCH", absl::StrCat("the histories differ: at position ", after,
                                                  " the ledger's hash is ", Hex(block->hash()),
                                                  ", not ", Hex(request.after_hash())));
  }
  return absl::OkStatus();
}

void FeedStream::ReadBlocks() {
  Position after = 0;
  {
    const MutexLock lock(mutex_);
    after = sent_through_;
  }
  auto blocks = context_->log->ReadAfter(after, context_->feed_read_bytes);
  const MutexLock lock(mutex_);
  if (!TaskDoneLocked()) return;
  if (!blocks.ok()) return EndLocked(blocks.status());
  for (std::string& bytes : *blocks) {
    const auto block = Block::ParseHashed(bytes);
    if (!block.ok()) return EndLocked(block.status());
    sent_through_ = block->last_position();
    QueueLocked(std::move(bytes));
  }
  // A follower that has everything learns so at once.
  if (blocks->empty() && !announced_) QueueLocked("");
  SendNextLocked();
}

void FeedStream::QueueLocked(std::string block) {
  announced_ = true;
  v1::FollowResponse response;
  response.set_block(std::move(block));
  response.set_tail_position(context_->log->tail().position);
  response.set_ledger_id(context_->log->id().ToString());
  responses_.push_back(SerializeMessage(response));
}

void FeedStream::SendNextLocked() {
  if (!responses_.empty()) {
    HitFailpoint("feed.before_send");
    grpc::ByteBuffer next = std::move(responses_.front());
    responses_.pop_front();
    return WriteLocked(std::move(next));
  }
  const auto self = std::static_pointer_cast<FeedStream>(shared_from_this());
  tail_ticket_ = context_->watch->Await(sent_through_, [self] { self->OnTailAdvanced(); });
  if (tail_ticket_ == 0) ScheduleReadLocked();
}

void FeedStream::OnWrittenLocked() {
  HitFailpoint("feed.after_send");
  SendNextLocked();
}

void FeedStream::OnTailAdvanced() {
  const MutexLock lock(mutex_);
  tail_ticket_ = 0;
  if (!ended_locked()) ScheduleReadLocked();
}

void FeedStream::ScheduleReadLocked() {
  if (!ScheduleLocked([this] { ReadBlocks(); })) EndLocked(Overloaded(*context_));
}

void FeedStream::CancelWaitsLocked() {
  if (tail_ticket_ != 0) context_->watch->Cancel(tail_ticket_);
  tail_ticket_ = 0;
}

}  // namespace repatriation
