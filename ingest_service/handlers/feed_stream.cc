#include "ingest_service/handlers/feed_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/failpoint.h"
#include "common/rpc/parse.h"
#include "common/rpc/refusing_reactor.h"
#include "common/rpc/status.h"

namespace repatriation {
namespace {

using FeedReactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

absl::Status Mismatch(absl::string_view reason, absl::string_view message) {
  return WithReason(absl::FailedPreconditionError(message), reason);
}

}  // namespace

FeedReactor* FeedStream::Start(const IngestContext* context, grpc::CallbackServerContext* call,
                               const grpc::ByteBuffer* request) {
  auto ticket = context->followers->Admit();
  if (!ticket.ok()) return new RefusingReactor<FeedReactor>(ticket.status());
  const std::shared_ptr<FeedStream> stream(
      new FeedStream(context, *std::move(ticket), call, request));
  {
    const std::lock_guard lock(stream->mutex_);
    stream->self_ = stream;
    stream->ScheduleLocked(&FeedStream::Begin);
  }
  context->open_streams->Add(stream.get());
  return stream.get();
}

FeedStream::FeedStream(const IngestContext* context, CallAdmission::Ticket ticket,
                       grpc::CallbackServerContext* call, const grpc::ByteBuffer* request)
    : context_(context), call_(call), request_(request), ticket_(std::move(ticket)) {}

void FeedStream::Begin() {
  v1::FollowRequest request;
  absl::Status status = ParseMessage(*request_, context_->message_bytes_max, &request);
  if (status.ok()) status = CheckRequest(request);
  const std::lock_guard lock(mutex_);
  task_due_ = false;
  if (!status.ok()) return EndLocked(status);
  sent_through_ = request.after_position();
  ScheduleLocked(&FeedStream::ReadBlocks);
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
    const std::lock_guard lock(mutex_);
    after = sent_through_;
  }
  auto blocks = context_->log->ReadAfter(after, context_->feed_read_bytes);
  const std::lock_guard lock(mutex_);
  task_due_ = false;
  if (!blocks.ok()) return EndLocked(blocks.status());
  for (std::string& bytes : *blocks) {
    const auto block = Block::ParseHashed(bytes);
    if (!block.ok()) return EndLocked(block.status());
    sent_through_ = block->last_position();
    SendLocked(std::move(bytes));
  }
  // A follower that has everything learns so at once.
  if (blocks->empty() && !announced_) SendLocked("");
  WriteLocked();
  FinishLocked();
}

void FeedStream::SendLocked(std::string block) {
  announced_ = true;
  v1::FollowResponse response;
  response.set_block(std::move(block));
  response.set_tail_position(context_->log->tail().position);
  response.set_ledger_id(context_->log->id().ToString());
  responses_.push_back(SerializeMessage(response));
}

void FeedStream::WriteLocked() {
  if (ended_ || writing_) return;
  if (responses_.empty()) return AwaitTailLocked();
  writing_ = true;
  stall_ = std::make_unique<grpc::Alarm>();
  stall_->Set(absl::ToChronoTime(context_->clock->Now() + context_->follower_stall_max),
              [self = shared_from_this(), write = ++writes_](bool due) {
                if (due) self->OnStall(write);
              });
  HitFailpoint("feed.before_send");
  StartWrite(&responses_.front());
}

void FeedStream::OnStall(int64_t write) {
  const std::lock_guard lock(mutex_);
  // Whether it is done: then the call is gone.
  if (self_ == nullptr || !writing_ || write != writes_) return;
  EndLocked(WithReason(
      absl::ResourceExhaustedError(absl::StrCat("a block was not read within ",
                                                absl::FormatDuration(context_->follower_stall_max),
                                                "; follow again from what was received")),
      "FOLLOWER_TOO_SLOW"));
  CancelWith(*call_, end_status_);
}

void FeedStream::AwaitTailLocked() {
  if (task_due_) return;
  task_due_ = true;
  tail_ticket_ = context_->watch->Await(sent_through_, [this] { OnTailAdvanced(); });
  if (tail_ticket_ == 0) ScheduleLocked(&FeedStream::ReadBlocks);
}

void FeedStream::OnTailAdvanced() {
  const std::lock_guard lock(mutex_);
  task_due_ = false;
  tail_ticket_ = 0;
  if (ended_) return FinishLocked();
  ScheduleLocked(&FeedStream::ReadBlocks);
}

void FeedStream::ScheduleLocked(void (FeedStream::*task)()) {
  task_due_ = true;
  if (context_->feed_executor->TrySubmit([this, task] { (this->*task)(); })) return;
  task_due_ = false;
  EndLocked(
      Exhausted("the service has all the followers that it can serve", context_->retry_delay));
}

void FeedStream::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  stall_.reset();
  responses_.pop_front();
  if (!ok) return EndLocked(absl::CancelledError("the follower is gone"));
  HitFailpoint("feed.after_send");
  WriteLocked();
  FinishLocked();
}

void FeedStream::OnCancel() {
  const std::lock_guard lock(mutex_);
  EndLocked(absl::CancelledError("the call was cancelled"));
}

void FeedStream::Drain() {
  const std::lock_guard lock(mutex_);
  EndLocked(WithReason(absl::UnavailableError("the service is draining"), "DRAINING"));
}

void FeedStream::OnDone() {
  context_->open_streams->Remove(this);
  std::shared_ptr<FeedStream> self;
  {
    // Whoever called Finish() may not have let go of the lock yet.
    const std::lock_guard lock(mutex_);
    ticket_.reset();
    self.swap(self_);
  }
}

void FeedStream::EndLocked(const absl::Status& status) {
  if (!ended_) end_status_ = status;
  ended_ = true;
  if (tail_ticket_ != 0 && context_->watch->Cancel(tail_ticket_)) task_due_ = false;
  tail_ticket_ = 0;
  FinishLocked();
}

void FeedStream::FinishLocked() {
  if (!ended_ || finished_ || task_due_ || writing_) return;
  finished_ = true;
  Finish(ToGrpcStatus(end_status_));
}

}  // namespace repatriation
