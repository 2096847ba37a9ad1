// One StreamEvents stream: receives batches and sends their responses, in order.
//
// At most one read, one parse and one write are in flight at a time, and at most
// `stream_window` batches are unanswered. Beyond that the stream is not read, and
// HTTP/2 flow control applies backpressure to the client. The same happens to a
// client that does not read its responses.
//
// Lifetime: deletes itself in OnDone. Finish() is called once, when no task and no
// batch of the stream is in flight, so callbacks always find it alive.
//
// Thread-safety: gRPC's reactions, the executor, the writer thread and a drain run
// on their own threads; `mutex_` guards everything but `incoming_`.
#ifndef INGEST_SERVICE_HANDLERS_EVENT_STREAM_H_
#define INGEST_SERVICE_HANDLERS_EVENT_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>

#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "ingest_service/handlers/ingest_context.h"

namespace repatriation {

class EventStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                          private StreamSet::Stream {
 public:
  // A new stream, or a reactor that refuses it: RESOURCE_EXHAUSTED with
  // RetryInfo, or UNAVAILABLE while draining.
  static grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Start(
      const IngestContext* context);

 private:
  struct Request;

  EventStream(const IngestContext* context, CallAdmission::Ticket ticket);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void Drain() override;

  // Checks the batch that was read.
  absl::StatusOr<CheckedBatch> CheckIncoming(Request& request) const;
  void CheckAndEnqueue();
  // A batch that is being enqueued is counted apart from the task that enqueues it:
  // it may be answered, and the stream deleted, before Enqueue() returns.
  void AddCallback();
  void DropCallback();
  void Answer(int64_t batch_number, absl::StatusOr<v1::BatchResult> result);
  // Each starts whatever can proceed.
  void EndLocked(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReadLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const IngestContext* const context_;
  const CallAdmission::Ticket ticket_;

  // Belongs to the read or, after it, to the task in flight: one at a time.
  grpc::ByteBuffer incoming_;

  Mutex mutex_;
  std::deque<grpc::ByteBuffer> responses_ ABSL_GUARDED_BY(mutex_);  // the first is being written
  int unanswered_ ABSL_GUARDED_BY(mutex_) = 0;     // batches read whose response is not yet written
  int callbacks_due_ ABSL_GUARDED_BY(mutex_) = 0;  // tasks and batches that will call back
  // A read is in flight, or its batch is not yet enqueued.
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;   // no more reads; finish once all is answered
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  // no more writes either
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_status_ ABSL_GUARDED_BY(mutex_);  // with which to finish
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_HANDLERS_EVENT_STREAM_H_
