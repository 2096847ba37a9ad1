// A server stream of messages: what Follow and WatchAggregate share.
//
// Messages go out one at a time. The next one is prepared on the executor only
// after the one before was written, so a slow peer costs one message (or what the
// stream read ahead) and blocks no others. A peer that leaves a message unread for
// `stall_max` is disconnected: the status is sent behind the message, and if that
// does not get through in as long again, the call is cancelled and the message is
// lost.
//
// Lifetime: owns itself until OnDone; callbacks hold it too, and find it ended.
// Finish() is called once, when no task of the stream is in flight; a write may be.
//
// Thread-safety: gRPC's reactions, the executor, timers, callbacks and a drain all
// run on their own threads; `mutex_` guards everything. It is taken before the
// locks of whatever the stream waits on.
#ifndef COMMON_RPC_WRITE_STREAM_H_
#define COMMON_RPC_WRITE_STREAM_H_

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/mutex.h"
#include "common/rpc/admission.h"
#include "common/rpc/refusing_reactor.h"
#include "common/rpc/stream_set.h"

namespace repatriation {

struct WriteStreamOptions {
  // All pointers outlive the stream.
  StreamSet* open_streams;
  const Clock* clock;
  Executor* executor;
  // How long the peer may leave a message unread.
  absl::Duration stall_max;
  // The status for a peer that exceeds it.
  absl::Status stalled;
};

class WriteStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                    private StreamSet::Stream,
                    public std::enable_shared_from_this<WriteStream> {
 public:
  using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;
  using Task = absl::AnyInvocable<void()>;

 protected:
  // `call` is gRPC's, until OnDone.
  WriteStream(WriteStreamOptions options, CallAdmission::Ticket ticket,
              grpc::CallbackServerContext* call);
  ~WriteStream() override = default;

  // Starts the stream with `task` on the executor. `overloaded` is the status if
  // the executor's queue is full. Call once.
  Reactor* Open(Task task, const absl::Status& overloaded);

  // Runs `task` on the executor; false if its queue is full. The task takes
  // `mutex_` when it is done, and calls TaskDoneLocked(). REQUIRES: no other task.
  [[nodiscard]] bool ScheduleLocked(Task task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Ends the current task. False if the stream has ended: then there is nothing
  // left to do.
  [[nodiscard]] bool TaskDoneLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Starts to write. REQUIRES: not ended; no other write.
  void WriteLocked(grpc::ByteBuffer message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Ends the stream with `status`, unless it has ended already.
  void EndLocked(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bool ended_locked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_; }

  Mutex mutex_;

 private:
  // The message was written, and the stream has not ended.
  virtual void OnWrittenLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;
  // The stream ends: cancels what it waits for. May be called more than once.
  virtual void CancelWaitsLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  void OnWriteDone(bool ok) final;
  void OnCancel() final;
  void OnDone() final;
  void Drain() final;

  // On a thread of gRPC's: write number `write` has been in flight for `stall_max`.
  void OnStall(int64_t write);
  void SetStallAlarmLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const WriteStreamOptions options_;
  grpc::CallbackServerContext* const call_;

  // Both until OnDone.
  std::shared_ptr<WriteStream> self_ ABSL_GUARDED_BY(mutex_);
  absl::optional<CallAdmission::Ticket> ticket_ ABSL_GUARDED_BY(mutex_);
  grpc::ByteBuffer message_ ABSL_GUARDED_BY(mutex_);  // in flight
  // Of the write in flight.
  std::unique_ptr<grpc::Alarm> stall_alarm_ ABSL_GUARDED_BY(mutex_);
  int64_t writes_ ABSL_GUARDED_BY(mutex_) = 0;  // started
  bool task_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace repatriation

#endif  // COMMON_RPC_WRITE_STREAM_H_
