// One WatchAggregate stream: sends answers until it is ended.
//
// The figure is evaluated on the executor, and only after the previous answer was
// written. In between the stream waits, without blocking a thread, for a new position or
// a time. A watcher that leaves an answer unread for `watch_stall_max` is disconnected.
//
// Lifetime and thread-safety: see WriteStream.
#ifndef QUERY_SERVICE_HANDLERS_WATCH_STREAM_H_
#define QUERY_SERVICE_HANDLERS_WATCH_STREAM_H_

#include <memory>

#include "absl/types/optional.h"
#include "common/rpc/write_stream.h"
#include "query_service/core/figures/figure_watch.h"
#include "query_service/handlers/query_context.h"

namespace repatriation {

class WatchStream final : public WriteStream {
 public:
  // A new stream, or a reactor that refuses it (RESOURCE_EXHAUSTED with
  // RetryInfo, UNAVAILABLE while draining). `call` and `request` are gRPC's,
  // until OnDone; `context` and `core` live until then, too.
  static Reactor* Start(const QueryContext* context, const QueryCore* core,
                        grpc::CallbackServerContext* call, const grpc::ByteBuffer* request);

 private:
  using Ticket = PositionWaiters::Ticket;

  WatchStream(const QueryContext* context, const QueryCore* core, CallAdmission::Ticket ticket,
              grpc::CallbackServerContext* call, const grpc::ByteBuffer* request);

  // Tasks on the executor.
  void Begin();
  void Evaluate();
  // Called by waiters.
  void OnFirstPosition(const absl::Status& reached);
  void OnUpdate(const absl::Status& status);

  void OnWrittenLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) override;
  void CancelWaitsLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) override;
  void EvaluateSoonLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<WatchStream> Self() {
    return std::static_pointer_cast<WatchStream>(shared_from_this());
  }

  const QueryContext* const context_;
  const QueryCore* const core_;
  const grpc::ByteBuffer* const request_;

  absl::optional<FigureWatch> watch_;  // set by Begin(), then used by Evaluate() alone
  Ticket position_ticket_ ABSL_GUARDED_BY(mutex_) = 0;  // of min_position
  Ticket update_ticket_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_HANDLERS_WATCH_STREAM_H_
