// One Follow stream: sends stored blocks, one after the other, until it is ended.
//
// Blocks are read from the log a few at a time on the feed's executor, and only
// after those before them were written, so a slow follower costs at most
// `feed_read_bytes` of memory. One that leaves a block unread for
// `follower_stall_max` is disconnected and can resume from what it has received.
//
// Lifetime and thread-safety: see WriteStream.
#ifndef INGEST_SERVICE_HANDLERS_FEED_STREAM_H_
#define INGEST_SERVICE_HANDLERS_FEED_STREAM_H_

#include <deque>
#include <string>

#include "common/rpc/write_stream.h"
#include "ingest_service/handlers/ingest_context.h"
#include "repatriation/v1/ledger_feed_service.pb.h"

namespace repatriation {

class FeedStream final : public WriteStream {
 public:
  // A new stream, or a reactor that refuses it (RESOURCE_EXHAUSTED with
  // RetryInfo, UNAVAILABLE while draining). `call` and `request` are gRPC's,
  // until OnDone; `context` lives until then, too.
  static Reactor* Start(const IngestContext* context, grpc::CallbackServerContext* call,
                        const grpc::ByteBuffer* request);

 private:
  FeedStream(const IngestContext* context, CallAdmission::Ticket ticket,
             grpc::CallbackServerContext* call, const grpc::ByteBuffer* request);

  // Tasks on the executor.
  void Begin();
  void ReadBlocks();
  // On the thread that advances the tail: only schedules.
  void OnTailAdvanced();
  absl::Status CheckRequest(const v1::FollowRequest& request) const;

  void OnWrittenLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) override;
  void CancelWaitsLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) override;
  void ScheduleReadLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void QueueLocked(std::string block) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes the next block that was read, or waits for one to be appended.
  void SendNextLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const IngestContext* const context_;
  const grpc::ByteBuffer* const request_;

  Position sent_through_ ABSL_GUARDED_BY(mutex_) = 0;  // last position read for the follower
  std::deque<grpc::ByteBuffer> responses_ ABSL_GUARDED_BY(mutex_);  // read, not yet written
  TailWatch::Ticket tail_ticket_ ABSL_GUARDED_BY(mutex_) = 0;
  bool announced_ ABSL_GUARDED_BY(mutex_) = false;  // the follower was sent the tail once
};

}  // namespace repatriation

#endif  // INGEST_SERVICE_HANDLERS_FEED_STREAM_H_
