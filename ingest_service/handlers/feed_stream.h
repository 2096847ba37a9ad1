// One Follow stream: stored blocks out, one after the other, for ever.
//
// Blocks are read from the log a few at a time on the feed's executor, and
// only when those before them were written, so a slow follower costs at most
// `feed_read_bytes` of memory and holds up nobody. One that leaves a block
// unread for `follower_stall_max` is cut off, so that it does not keep its
// place and that memory for ever; what it has is what it goes on from.
//
// Lifetime: owns itself until OnDone; the alarm of a stall holds it too, and
// finds it done. Finish() is called once, when no task, no wait for the tail
// and no write of the stream is under way any more.
//
// Thread-safety: gRPC's reactions, the feed executor, the writer thread, the
// alarms and a drain all come in on their own threads; `mutex_` guards
// everything.
#ifndef INGEST_SERVICE_HANDLERS_FEED_STREAM_H_
#define INGEST_SERVICE_HANDLERS_FEED_STREAM_H_

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "ingest_service/handlers/ingest_context.h"
#include "repatriation/v1/ledger_feed_service.pb.h"

namespace repatriation {

class FeedStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                         private StreamSet::Stream,
                         public std::enable_shared_from_this<FeedStream> {
 public:
  // A new stream, or a reactor that refuses it (RESOURCE_EXHAUSTED with
  // RetryInfo, UNAVAILABLE while draining). `call` and `request` are gRPC's,
  // until OnDone.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const IngestContext* context,
                                                           grpc::CallbackServerContext* call,
                                                           const grpc::ByteBuffer* request);

 private:
  FeedStream(const IngestContext* context, CallAdmission::Ticket ticket,
             grpc::CallbackServerContext* call, const grpc::ByteBuffer* request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void Drain() override;

  // Tasks on the feed's executor; each is counted by `task_due_`.
  void Begin();
  void ReadBlocks();
  // On the thread that advances the tail: only schedules.
  void OnTailAdvanced();
  // On a thread of gRPC's: the write of this number has been under way for long.
  void OnStall(int64_t write);
  absl::Status CheckRequest(const v1::FollowRequest& request) const;

  // REQUIRE: mutex_ is held.
  void ScheduleLocked(void (FeedStream::*task)());
  void SendLocked(std::string block);
  void WriteLocked();
  void AwaitTailLocked();
  void EndLocked(const absl::Status& status);
  void FinishLocked();

  const IngestContext* const context_;
  grpc::CallbackServerContext* const call_;
  const grpc::ByteBuffer* const request_;

  std::mutex mutex_;
  std::shared_ptr<FeedStream> self_;              // until OnDone
  absl::optional<CallAdmission::Ticket> ticket_;  // until OnDone
  Position sent_through_ = 0;                     // last position read for the follower
  std::deque<grpc::ByteBuffer> responses_;        // the first is being written
  TailWatch::Ticket tail_ticket_ = 0;
  int64_t writes_ = 0;                  // begun
  std::unique_ptr<grpc::Alarm> stall_;  // of the write under way
  bool announced_ = false;              // the follower has been told the tail once
  bool task_due_ = false;               // a task, or the wait that schedules one
  bool writing_ = false;
  bool ended_ = false;
  bool finished_ = false;
  absl::Status end_status_;
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_HANDLERS_FEED_STREAM_H_
