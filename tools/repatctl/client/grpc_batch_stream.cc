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
    absl::MutexLock lock(&mutex_);
    if (done_) return;
  }
  context_.TryCancel();
  ReleaseHold();
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&done_));
}

void GrpcBatchStream::Write(Encoded<v1::StreamEventsRequest> request) {
  writing_ = SerializeMessage(std::move(request));
  StartWrite(&writing_);
}

void GrpcBatchStream::WritesDone() { StartWritesDone(); }

BatchStream::StreamEvent GrpcBatchStream::Next(absl::Duration timeout) {
  StreamEvent event;
  absl::ReleasableMutexLock lock(&mutex_);
  const auto happened = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return SomethingHappened(); };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&happened), timeout)) return event;
  // Responses first: those that came before the end of the stream count.
  if (response_ready_) {
    response_ready_ = false;
    event.kind = Kind::kResponse;
    event.response = std::move(response_);
    lock.Release();
    // Only now, so that at most one response is held.
    StartRead(&response_);
    return event;
  }
  if (written_ && !responses_ended_) {
    written_ = false;
    event.kind = Kind::kWritten;
    return event;
  }
  lock.Release();
  ReleaseHold();
  absl::MutexLock relock(&mutex_);
  mutex_.Await(absl::Condition(&done_));
  event.kind = Kind::kClosed;
  event.status = status_;
  return event;
}

void GrpcBatchStream::ReleaseHold() {
  if (std::exchange(held_, false)) RemoveHold();
}

void GrpcBatchStream::OnReadDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  (ok ? response_ready_ : responses_ended_) = true;
}

void GrpcBatchStream::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  // After a failed write the end of the responses follows, and says why.
  written_ = ok;
}

void GrpcBatchStream::OnDone(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  status_ = StatusFrom(status, peer_);
  done_ = true;
}

}  // namespace repatriation
