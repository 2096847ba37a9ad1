#include "tools/repatctl/client/grpc_batch_stream.h"

#include <utility>

#include "common/rpc/parse.h"
#include "tools/repatctl/client/peer_status.h"

namespace repatriation {
namespace {

constexpr char kMethod[] = "/repatriation.v1.IngestService/StreamEvents";

}  // namespace

GrpcBatchStream::GrpcBatchStream(Stub stub, std::string peer) : peer_(std::move(peer)) {
  stub.PrepareBidiStreamingCall(&context_, kMethod, grpc::StubOptions(), this);
  AddHold();
  StartRead(&response_);
  StartCall();
}

GrpcBatchStream::~GrpcBatchStream() {
  {
    const MutexLock lock(mutex_);
    if (done_) return;
  }
  context_.TryCancel();
  ReleaseHold();
  MutexLock lock(mutex_);
  while (!done_) changed_.Wait(lock);
}

void GrpcBatchStream::Write(Encoded<v1::StreamEventsRequest> request) {
  writing_ = SerializeMessage(std::move(request));
  StartWrite(&writing_);
}

void GrpcBatchStream::WritesDone() { StartWritesDone(); }

BatchStream::StreamEvent GrpcBatchStream::Next(absl::Duration timeout) {
  StreamEvent event;
  MutexLock lock(mutex_);
  const auto happened = [this]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return SomethingHappened(); };
  if (!changed_.WaitFor(lock, timeout, happened)) return event;
  // Responses first: those that arrived before the end of the stream count.
  if (response_ready_) {
    response_ready_ = false;
    event.kind = Kind::kResponse;
    event.response = std::move(response_);
    lock.Unlock();
    // Only now, so that at most one response is buffered.
    StartRead(&response_);
    return event;
  }
  if (written_ && !responses_ended_) {
    written_ = false;
    event.kind = Kind::kWritten;
    return event;
  }
  lock.Unlock();
  ReleaseHold();
  lock.Lock();
  while (!done_) changed_.Wait(lock);
  event.kind = Kind::kClosed;
  event.status = status_;
  return event;
}

void GrpcBatchStream::ReleaseHold() {
  if (std::exchange(held_, false)) RemoveHold();
}

void GrpcBatchStream::OnReadDone(bool ok) {
  const MutexLock lock(mutex_);
  (ok ? response_ready_ : responses_ended_) = true;
  changed_.NotifyOne();
}

void GrpcBatchStream::OnWriteDone(bool ok) {
  const MutexLock lock(mutex_);
  // After a failed write the responses end, and the stream's status says why.
  written_ = ok;
  changed_.NotifyOne();
}

void GrpcBatchStream::OnDone(const grpc::Status& status) {
  // Notified under the lock: whoever waits for `done_` may destroy this once it has the lock.
  const MutexLock lock(mutex_);
  status_ = StatusFrom(status, peer_);
  done_ = true;
  changed_.NotifyOne();
}

}  // namespace repatriation
