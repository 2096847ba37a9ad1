#include "query_service/handlers/watch_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/rpc/parse.h"
#include "common/rpc/refusing_reactor.h"
#include "common/rpc/status.h"

namespace repatriation {
namespace {

using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

}  // namespace

Reactor* WatchStream::Start(const QueryContext* context, const QueryCore* core,
                            grpc::CallbackServerContext* call, const grpc::ByteBuffer* request) {
  auto ticket = context->watches->Admit();
  if (!ticket.ok()) return new RefusingReactor<Reactor>(ticket.status());
  const std::shared_ptr<WatchStream> stream(
      new WatchStream(context, core, *std::move(ticket), call, request));
  {
    const std::lock_guard lock(stream->mutex_);
    stream->self_ = stream;
    if (!stream->ScheduleLocked(&WatchStream::Begin)) {
      stream->EndLocked(Exhausted("the queue of requests is full", context->retry_delay));
    }
  }
  context->open_watches->Add(stream.get());
  return stream.get();
}

WatchStream::WatchStream(const QueryContext* context, const QueryCore* core,
                         CallAdmission::Ticket ticket, grpc::CallbackServerContext* call,
                         const grpc::ByteBuffer* request)
    : context_(context), core_(core), call_(call), request_(request), ticket_(std::move(ticket)) {}

void WatchStream::Begin() {
  const auto self = shared_from_this();
  v1::WatchAggregateRequest request;
  absl::Status status = ParseMessage(*request_, context_->message_bytes_max, &request);
  // A copy that has diverged never gets to a position.
  status.Update(context_->replica->divergence());
  auto watch = status.ok() ? FigureWatch::Make(request, context_->watch)
                           : absl::StatusOr<FigureWatch>(status);
  Position awaited = 0;
  {
    const std::lock_guard lock(mutex_);
    task_due_ = false;
    if (ended_) return FinishLocked();
    if (!watch.ok()) return EndLocked(watch.status());
    awaited = watch->await_position();
    watch_ = *std::move(watch);
  }
  // Not under the lock, which the callback takes and which may come at once.
  const Ticket waiting = context_->waiters->Await(
      awaited, context_->clock->Now() + context_->min_position_wait_max,
      [self](const absl::Status& reached) { self->OnFirstPosition(reached); });
  const std::lock_guard lock(mutex_);
  position_ticket_ = waiting;
  // It ended before it had the ticket.
  if (ended_) context_->waiters->Cancel(position_ticket_);
}

void WatchStream::OnFirstPosition(const absl::Status& reached) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  if (!reached.ok()) return EndLocked(reached);
  LookSoonLocked();
}

void WatchStream::OnNews(const absl::Status& came) {
  const std::lock_guard lock(mutex_);
  news_ticket_ = 0;
  if (ended_) return;
  if (absl::IsUnavailable(came)) return EndLocked(came);
  LookSoonLocked();
}

void WatchStream::Look() {
  const auto step = core_->Look(*watch_, context_->clock->Now());
  grpc::ByteBuffer answer;
  if (step.ok() && step->answer.has_value()) answer = SerializeMessage(*step->answer);
  const std::lock_guard lock(mutex_);
  task_due_ = false;
  if (ended_) return FinishLocked();
  if (!step.ok()) return EndLocked(step.status());
  if (step->answer.has_value()) return WriteLocked(std::move(answer));
  const auto on_news = [self = shared_from_this()](const absl::Status& came) {
    self->OnNews(came);
  };
  news_ticket_ = step->news
                     ? context_->waiters->AwaitNews(step->seen + 1, step->look_again, on_news)
                     : context_->waiters->AwaitTime(step->look_again, on_news);
  if (news_ticket_ == 0) LookSoonLocked();
}

bool WatchStream::ScheduleLocked(Task task) {
  task_due_ = context_->executor->TrySubmit([this, task] { (this->*task)(); });
  return task_due_;
}

void WatchStream::LookSoonLocked() {
  if (ScheduleLocked(&WatchStream::Look)) return;
  // A watch can wait for a quieter moment.
  news_ticket_ = context_->waiters->AwaitTime(
      context_->clock->Now() + context_->watch.interval_min,
      [self = shared_from_this()](const absl::Status& came) { self->OnNews(came); });
  if (news_ticket_ == 0)
    EndLocked(Exhausted("the queue of requests is full", context_->retry_delay));
}

void WatchStream::WriteLocked(grpc::ByteBuffer answer) {
  answer_ = std::move(answer);
  writing_ = true;
  ++writes_;
  AwaitStallLocked();
  StartWrite(&answer_);
}

void WatchStream::AwaitStallLocked() {
  stall_ticket_ = context_->waiters->AwaitTime(
      context_->clock->Now() + context_->watch_stall_max,
      [self = shared_from_this(), write = writes_](const absl::Status& came) {
        if (absl::IsDeadlineExceeded(came)) self->OnStall(write);
      });
}

void WatchStream::OnStall(int64_t write) {
  const std::lock_guard lock(mutex_);
  if (done_ || !writing_ || write != writes_) return;
  if (!finished_) {
    EndLocked(WithReason(
        absl::ResourceExhaustedError(absl::StrCat(
            "an answer was not read within ", absl::FormatDuration(context_->watch_stall_max),
            "; the resume_token received last goes on from there")),
        "WATCHER_TOO_SLOW"));
    return AwaitStallLocked();
  }
  CancelWith(*call_, end_status_);
}

void WatchStream::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  context_->waiters->Cancel(stall_ticket_);
  answer_.Clear();
  if (ended_) return;
  if (!ok) return EndLocked(absl::CancelledError("the watcher is gone"));
  LookSoonLocked();
}

void WatchStream::OnCancel() {
  const std::lock_guard lock(mutex_);
  EndLocked(absl::CancelledError("the call was cancelled"));
}

void WatchStream::Drain() {
  const std::lock_guard lock(mutex_);
  EndLocked(WithReason(absl::UnavailableError("the service is draining"), "DRAINING"));
}

void WatchStream::OnDone() {
  context_->open_watches->Remove(this);
  std::shared_ptr<WatchStream> self;
  {
    // Whoever called Finish() may not have let go of the lock yet.
    const std::lock_guard lock(mutex_);
    done_ = true;
    context_->waiters->Cancel(stall_ticket_);
    ticket_.reset();
    self.swap(self_);
  }
}

void WatchStream::EndLocked(const absl::Status& status) {
  if (!ended_) end_status_ = status;
  ended_ = true;
  context_->waiters->Cancel(position_ticket_);
  context_->waiters->Cancel(news_ticket_);
  FinishLocked();
}

void WatchStream::FinishLocked() {
  if (!ended_ || finished_ || task_due_) return;
  finished_ = true;
  Finish(ToGrpcStatus(end_status_));
}

}  // namespace repatriation
