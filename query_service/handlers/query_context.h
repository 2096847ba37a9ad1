// The dependencies and limits of the query service's handlers.
//
// Thread-safety: a plain value; what it points to may be used from any thread.
#ifndef QUERY_SERVICE_HANDLERS_QUERY_CONTEXT_H_
#define QUERY_SERVICE_HANDLERS_QUERY_CONTEXT_H_

#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/rpc/admission.h"
#include "common/rpc/stream_set.h"
#include "query_service/core/figures/figure_watch.h"
#include "query_service/core/query_core.h"
#include "query_service/core/replica/position_waiters.h"
#include "query_service/core/replica/replica.h"

namespace repatriation {

// All pointers outlive the server.
struct QueryContext {
  const Replica* replica;
  PositionWaiters* waiters;
  const Clock* clock;
  Executor* executor;
  CallAdmission* calls;
  CallAdmission* watches;
  StreamSet* open_watches;
  size_t message_bytes_max;
  absl::Duration min_position_wait_max;  // even if the call's deadline is later
  absl::Duration retry_delay;            // sent with RESOURCE_EXHAUSTED
  WatchOptions watch = {};
  // A watcher that leaves an answer unread for longer is disconnected.
  absl::Duration watch_stall_max = absl::Seconds(30);
};

}  // namespace repatriation

#endif  // QUERY_SERVICE_HANDLERS_QUERY_CONTEXT_H_
