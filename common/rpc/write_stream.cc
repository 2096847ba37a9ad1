#include "common/rpc/write_stream.h"

#include <utility>

#include "common/base/errors.h"
#include "common/rpc/status.h"

namespace repatriation {

WriteStream::WriteStream(WriteStreamOptions options, CallAdmission::Ticket ticket,
                         grpc::CallbackServerContext* call)
    : options_(std::move(options)), call_(call), ticket_(std::move(ticket)) {}

WriteStream::Reactor* WriteStream::Open(Task task, const absl::Status& overloaded) {
  {
    const MutexLock lock(mutex_);
    self_ = shared_from_this();
    if (!ScheduleLocked(std::move(task))) EndLocked(overloaded);
  }
  options_.open_streams->Add(this);
  return this;
}

bool WriteStream::ScheduleLocked(Task task) {
  task_due_ = options_.executor->TrySubmit(std::move(task));
  return task_due_;
}

bool WriteStream::TaskDoneLocked() {
  task_due_ = false;
  FinishLocked();
  return !ended_;
}

void WriteStream::WriteLocked(grpc::ByteBuffer message) {
  message_ = std::move(message);
  writing_ = true;
  ++writes_;
  SetStallAlarmLocked();
  StartWrite(&message_);
}

void WriteStream::SetStallAlarmLocked() {
  stall_alarm_ = std::make_unique<grpc::Alarm>();
  stall_alarm_->Set(absl::ToChronoTime(options_.clock->Now() + options_.stall_max),
                    [self = shared_from_this(), write = writes_](bool due) {
                      if (due) self->OnStall(write);
                    });
}

void WriteStream::OnStall(int64_t write) {
  const MutexLock lock(mutex_);
  if (done_ || !writing_ || write != writes_) return;
  if (finished_) return CancelWith(*call_, end_status_);
  EndLocked(options_.stalled);
  SetStallAlarmLocked();
}

void WriteStream::OnWriteDone(bool ok) {
  const MutexLock lock(mutex_);
  writing_ = false;
  stall_alarm_.reset();
  message_.Clear();
  if (ended_) return;
  if (!ok) return EndLocked(absl::CancelledError("the peer is gone"));
  OnWrittenLocked();
}

void WriteStream::OnCancel() {
  const MutexLock lock(mutex_);
  EndLocked(absl::CancelledError("the call was cancelled"));
}

void WriteStream::Drain() {
  const MutexLock lock(mutex_);
  EndLocked(WithReason(absl::UnavailableError("the service is draining"), "DRAINING"));
}

void WriteStream::OnDone() {
  options_.open_streams->Remove(this);
  std::shared_ptr<WriteStream> self;
  {
    // The thread that called Finish() may still hold the lock.
    const MutexLock lock(mutex_);
    done_ = true;
    stall_alarm_.reset();
    ticket_.reset();
    self.swap(self_);
  }
}

void WriteStream::EndLocked(const absl::Status& status) {
  if (!ended_) end_status_ = status;
  ended_ = true;
  CancelWaitsLocked();
  FinishLocked();
}

void WriteStream::FinishLocked() {
  if (!ended_ || finished_ || task_due_) return;
  finished_ = true;
  Finish(ToGrpcStatus(end_status_));
}

}  // namespace repatriation
