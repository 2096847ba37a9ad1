// One StreamEvents stream: batches in, their responses out, in order.
//
// At most one read, one parse and one write are under way at a time, and at
// most `stream_window` batches are unanswered; beyond that the stream is not
// read, and HTTP/2 flow control holds the client back. A client that does not
// read its responses is held back the same way.
//
// Lifetime: deletes itself in OnDone. Finish() is called once, when no task
// and no batch of the stream is under way any more, so whoever calls back
// still finds it.
//
// Thread-safety: gRPC's reactions, the executor, the writer thread and a
// drain all come in on their own threads; `mutex_` guards everything.
#ifndef INGEST_SERVICE_HANDLERS_EVENT_STREAM_H_
#define INGEST_SERVICE_HANDLERS_EVENT_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <mutex>

#include "absl/status/status.h"
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
  // The batch that is about to be enqueued counts apart from the task that
  // enqueues it: it may be answered, and the stream gone, before that returns.
  void AddCallback();
  void DropCallback();
  void Answer(int64_t batch_number, absl::StatusOr<v1::BatchResult> result);
  // Each continues what can go on. REQUIRES: mutex_ is held.
  void EndLocked(const absl::Status& status);
  void ReadLocked();
  void WriteLocked();
  void FinishLocked();

  const IngestContext* const context_;
  const CallAdmission::Ticket ticket_;

  std::mutex mutex_;
  grpc::ByteBuffer incoming_;               // of the read under way
  std::deque<grpc::ByteBuffer> responses_;  // the first is being written
  int unanswered_ = 0;                      // batches read whose response is not yet written
  int callbacks_due_ = 0;                   // tasks and batches that will call back
  bool reading_ = false;                    // a read is under way, or its batch not yet enqueued
  bool writing_ = false;
  bool ended_ = false;   // no more reads; finish once all is answered
  bool broken_ = false;  // no more writes either
  bool finished_ = false;
  absl::Status end_status_;  // with which to finish
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_HANDLERS_EVENT_STREAM_H_
