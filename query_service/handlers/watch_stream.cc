#include "query_service/handlers/watch_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/rpc/parse.h"

namespace repatriation {
namespace {

absl::Status TooSlow(absl::Duration stall_max) {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat("the watcher did not read an answer within ",
                                                absl::FormatDuration(stall_max),
                                                "; resume with the last resume_token received")),
      "WATCHER_TOO_SLOW");
}

absl::Status Overloaded(const QueryContext& context) {
  return Exhausted("request queue is full", context.retry_delay);
}

}  // namespace

WriteStream::Reactor* WatchStream::Start(const QueryContext* context, const QueryCore* core,
                                         grpc::CallbackServerContext* call,
                                         const grpc::ByteBuffer* request) {
  auto ticket = context->watches->Admit();
  if (!ticket.ok()) return new RefusingReactor<Reactor>(ticket.status());
  const std::shared_ptr<WatchStream> stream(
      new WatchStream(context, core, *std::move(ticket), call, request));
  return stream->Open([self = stream.get()] { self->Begin(); }, Overloaded(*context));
}

WatchStream::WatchStream(const QueryContext* context, const QueryCore* core,
                         CallAdmission::Ticket ticket, grpc::CallbackServerContext* call,
                         const grpc::ByteBuffer* request)
    : WriteStream({.open_streams = context->open_watches,
                   .clock = context->clock,
                   .executor = context->executor,
                   .stall_max = context->watch_stall_max,
                   .stalled = TooSlow(context->watch_stall_max)},
                  std::move(ticket), call),
      context_(context),
      core_(core),
      request_(request) {}

void WatchStream::Begin() {
  const auto self = Self();  // it may end as soon as the task is done
  v1::WatchAggregateRequest request;
  absl::Status status = ParseMessage(*request_, context_->message_bytes_max, &request);
  // A replica that has diverged never reaches a position.
  status.Update(context_->replica->divergence());
  auto watch = status.ok() ? FigureWatch::Make(request, context_->watch)
                           : absl::StatusOr<FigureWatch>(status);
  Position awaited = 0;
  {
    const MutexLock lock(mutex_);
    if (!TaskDoneLocked()) return;
    if (!watch.ok()) return EndLocked(watch.status());
    awaited = watch->await_position();
    watch_ = *std::move(watch);
  }
  // Not under the lock: the callback takes it, and may run at once.
  const Ticket waiting = context_->waiters->Await(
      awaited, context_->clock->Now() + context_->min_position_wait_max,
      [self](const absl::Status& reached) { self->OnFirstPosition(reached); });
  const MutexLock lock(mutex_);
  position_ticket_ = waiting;
  // It ended before it had the ticket.
  if (ended_locked()) context_->waiters->Cancel(position_ticket_);
}

void WatchStream::OnFirstPosition(const absl::Status& reached) {
  const MutexLock lock(mutex_);
  if (ended_locked()) return;
  if (!reached.ok()) return EndLocked(reached);
  EvaluateSoonLocked();
}

void WatchStream::OnUpdate(const absl::Status& status) {
  const MutexLock lock(mutex_);
  update_ticket_ = 0;
  if (ended_locked()) return;
  if (absl::IsUnavailable(status)) return EndLocked(status);
  EvaluateSoonLocked();
}

void WatchStream::Evaluate() {
  const auto step = core_->Evaluate(*watch_, context_->clock->Now());
  grpc::ByteBuffer answer;
  if (step.ok() && step->answer.has_value()) answer = SerializeMessage(*step->answer);
  const MutexLock lock(mutex_);
  if (!TaskDoneLocked()) return;
  if (!step.ok()) return EndLocked(step.status());
  if (step->answer.has_value()) return WriteLocked(std::move(answer));
  const auto on_update = [self = Self()](const absl::Status& status) { self->OnUpdate(status); };
  update_ticket_ = step->on_new_position
                       ? context_->waiters->AwaitUpdate(step->seen + 1, step->next_time, on_update)
                       : context_->waiters->AwaitTime(step->next_time, on_update);
  if (update_ticket_ == 0) EvaluateSoonLocked();
}

void WatchStream::EvaluateSoonLocked() {
  if (ScheduleLocked([this] { Evaluate(); })) return;
  // The queue is full: retry later.
  update_ticket_ = context_->waiters->AwaitTime(
      context_->clock->Now() + context_->watch.interval_min,
      [self = Self()](const absl::Status& status) { self->OnUpdate(status); });
  if (update_ticket_ == 0) EndLocked(Overloaded(*context_));
}

void WatchStream::OnWrittenLocked() { EvaluateSoonLocked(); }

void WatchStream::CancelWaitsLocked() {
  context_->waiters->Cancel(position_ticket_);
  context_->waiters->Cancel(update_ticket_);
}

}  // namespace repatriation
