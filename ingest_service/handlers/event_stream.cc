#include "ingest_service/handlers/event_stream.h"

#include <google/protobuf/arena.h>

#include <memory>
#include <utility>

#include "common/base/errors.h"
#include "common/rpc/parse.h"
#include "common/rpc/refusing_reactor.h"
#include "common/rpc/status.h"
#include "ingest_service/core/plain_batch.h"
#include "repatriation/v1/ingest_service.pb.h"

namespace repatriation {
namespace {

using EventReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

absl::string_view AsView(const grpc::Slice& bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

}  // namespace

// A request, checked: its bytes, or the message that they had to be parsed into.
// Kept until its batch is answered.
struct EventStream::Request {
  grpc::Slice bytes;
  google::protobuf::Arena arena;
  int64_t batch_number = 0;
};

EventReactor* EventStream::Start(const IngestContext* context) {
  auto ticket = context->streams->Admit();
  if (!ticket.ok()) return new RefusingReactor<EventReactor>(ticket.status());
  auto* stream = new EventStream(context, *std::move(ticket));
  {
    const MutexLock lock(stream->mutex_);
    stream->ReadLocked();
  }
  context->open_streams->Add(stream);
  return stream;
}

EventStream::EventStream(const IngestContext* context, CallAdmission::Ticket ticket)
    : context_(context), ticket_(std::move(ticket)) {}

void EventStream::OnReadDone(bool ok) {
  const MutexLock lock(mutex_);
  // A batch that came in while the stream was being finished has no answer to
  // wait for: nothing would keep the stream until it is decided. Its sender has
  // none either, and sends it again.
  if (!ok || finished_) {
    reading_ = false;
    return EndLocked(absl::OkStatus());
  }
  ++unanswered_;
  ++callbacks_due_;
  if (context_->executor->TrySubmit([this] { CheckAndEnqueue(); })) return;
  --unanswered_;
  --callbacks_due_;
  reading_ = false;
  EndLocked(Exhausted("request queue is full", context_->retry_delay));
}

absl::StatusOr<CheckedBatch> EventStream::CheckIncoming(Request& request) const {
  const DayNumber today = Today(*context_->clock);
  if (incoming_.Length() <= context_->message_bytes_max &&
      incoming_.DumpToSingleSlice(&request.bytes).ok()) {
    auto plain = CheckPlainBatch(AsView(request.bytes), context_->batch_submissions_max, today);
    if (plain.has_value()) {
      request.batch_number = plain->batch_number;
      return std::move(plain->batch);
    }
  }
  auto* message = google::protobuf::Arena::CreateMessage<v1::StreamEventsRequest>(&request.arena);
  const absl::Status parsed = ParseMessage(incoming_, context_->message_bytes_max, message);
  if (!parsed.ok()) return parsed;
  request.batch_number = message->batch_number();
  return CheckBatch(message->submissions(), incoming_.Length(), context_->batch_submissions_max,
                    today);
}

void EventStream::CheckAndEnqueue() {
  auto request = std::make_shared<Request>();
  auto batch = CheckIncoming(*request);
  absl::Status status = batch.status();
  if (status.ok()) {
    AddCallback();
    status = context_->sequencer->Enqueue(*std::move(batch),
                                          [this, request](absl::StatusOr<v1::BatchResult> result) {
                                            Answer(request->batch_number, std::move(result));
                                          });
    if (!status.ok()) DropCallback();
  }
  const MutexLock lock(mutex_);
  reading_ = false;
  --callbacks_due_;
  if (!status.ok()) {
    --unanswered_;
    return EndLocked(status);
  }
  ReadLocked();
  FinishLocked();
}

void EventStream::AddCallback() {
  const MutexLock lock(mutex_);
  ++callbacks_due_;
}

void EventStream::DropCallback() {
  const MutexLock lock(mutex_);
  --callbacks_due_;
}

void EventStream::Answer(int64_t batch_number, absl::StatusOr<v1::BatchResult> result) {
  grpc::ByteBuffer bytes;
  if (result.ok()) {
    v1::StreamEventsResponse response;
    *response.mutable_result() = *std::move(result);
    response.set_batch_number(batch_number);
    response.set_ledger_id(context_->log->id().ToString());
    bytes = SerializeMessage(response);
  }
  const MutexLock lock(mutex_);
  --callbacks_due_;
  if (!result.ok()) {
    --unanswered_;
    return EndLocked(result.status());
  }
  responses_.push_back(std::move(bytes));
  WriteLocked();
  FinishLocked();
}

void EventStream::OnWriteDone(bool ok) {
  const MutexLock lock(mutex_);
  writing_ = false;
  responses_.pop_front();
  --unanswered_;
  if (!ok) {
    broken_ = true;
    return EndLocked(absl::CancelledError("the client is gone"));
  }
  WriteLocked();
  ReadLocked();
  FinishLocked();
}

void EventStream::OnCancel() {
  const MutexLock lock(mutex_);
  broken_ = true;
  EndLocked(absl::CancelledError("the call was cancelled"));
}

void EventStream::Drain() {
  const MutexLock lock(mutex_);
  EndLocked(WithReason(absl::UnavailableError("the service is draining"), "DRAINING"));
}

void EventStream::OnDone() {
  context_->open_streams->Remove(this);
  {
    // The thread that called Finish() may still hold the lock.
    const MutexLock lock(mutex_);
  }
  delete this;
}

void EventStream::EndLocked(const absl::Status& status) {
  if (!ended_) end_status_ = status;
  ended_ = true;
  WriteLocked();
  FinishLocked();
}

void EventStream::ReadLocked() {
  if (reading_ || ended_ || unanswered_ >= context_->stream_window) return;
  reading_ = true;
  incoming_.Clear();
  StartRead(&incoming_);
}

void EventStream::WriteLocked() {
  if (writing_ || broken_ || finished_ || responses_.empty()) return;
  writing_ = true;
  StartWrite(&responses_.front());
}

void EventStream::FinishLocked() {
  // A read may still be under way after a drain: gRPC ends it.
  if (!ended_ || finished_ || callbacks_due_ > 0 || writing_) return;
  if (!responses_.empty() && !broken_) return;
  finished_ = true;
  Finish(ToGrpcStatus(end_status_));
}

}  // namespace repatriation
