// One WatchAggregate stream: answers out, one after the other, until somebody
// ends it.
//
// The ledger is looked at on the executor, and only once the answer before has
// been written; so a slow watcher costs one message and holds up nobody. In
// between the stream waits, without a thread, for a new position or a time. A
// watcher that leaves an answer unread for `watch_stall_max` is cut off: the
// status goes out behind the answer, and if that does not get through in as
// long again, past it, and the answer is lost.
//
// Lifetime: owns itself until OnDone; whoever waits for it holds it too, and
// finds it ended. Finish() is called once, when no task of the stream is under
// way; a write may be.
//
// Thread-safety: gRPC's reactions, the executor, the follower, the timer and a
// drain all come in on their own threads; `mutex_` guards everything.
#ifndef QUERY_SERVICE_HANDLERS_WATCH_STREAM_H_
#define QUERY_SERVICE_HANDLERS_WATCH_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "query_service/core/figure_watch.h"
#include "query_service/handlers/query_context.h"

namespace repatriation {

class WatchStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                          private StreamSet::Stream,
                          public std::enable_shared_from_this<WatchStream> {
 public:
  // A new stream, or a reactor that refuses it (RESOURCE_EXHAUSTED with
  // RetryInfo, UNAVAILABLE while draining). `call` and `request` are gRPC's,
  // until OnDone; `context` and `core` live until then, too.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const QueryContext* context,
                                                           const QueryCore* core,
                                                           grpc::CallbackServerContext* call,
                                                           const grpc::ByteBuffer* request);

 private:
  using Task = void (WatchStream::*)();
  using Ticket = PositionWaiters::Ticket;

  WatchStream(const QueryContext* context, const QueryCore* core, CallAdmission::Ticket ticket,
              grpc::CallbackServerContext* call, const grpc::ByteBuffer* request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void Drain() override;

  // Tasks on the executor; `task_due_` while one is under way.
  void Begin();
  void Look();
  // What waiters call.
  void OnFirstPosition(const absl::Status& reached);
  void OnNews(const absl::Status& came);
  void OnStall(int64_t write);

  // REQUIRE: mutex_ is held.
  bool ScheduleLocked(Task task);
  void LookSoonLocked();
  void WriteLocked(grpc::ByteBuffer answer);
  void AwaitStallLocked();
  void EndLocked(const absl::Status& status);
  void FinishLocked();

  const QueryContext* const context_;
  const QueryCore* const core_;
  grpc::CallbackServerContext* const call_;
  const grpc::ByteBuffer* const request_;

  std::mutex mutex_;
  std::shared_ptr<WatchStream> self_;             // until OnDone
  absl::optional<CallAdmission::Ticket> ticket_;  // until OnDone
  absl::optional<FigureWatch> watch_;             // once the request is read; of the task alone
  grpc::ByteBuffer answer_;                       // being written
  int64_t writes_ = 0;                            // begun
  Ticket position_ticket_ = 0;                    // of min_position
  Ticket news_ticket_ = 0;
  Ticket stall_ticket_ = 0;
  bool task_due_ = false;
  bool writing_ = false;
  bool ended_ = false;
  bool finished_ = false;
  bool done_ = false;
  absl::Status end_status_;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_HANDLERS_WATCH_STREAM_H_
