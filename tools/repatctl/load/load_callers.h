// The concurrent callers of a load run: each sends batches one at a time with
// AppendEvents. A caller is not a thread: the callback of one call starts the
// next. With a thread for each of 64 callers a call costs the client 1.5 times
// as much, and there may be 10,000 callers.
#ifndef TOOLS_REPATCTL_LOAD_LOAD_CALLERS_H_
#define TOOLS_REPATCTL_LOAD_LOAD_CALLERS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/base/mutex.h"
#include "tools/repatctl/client/clients.h"
#include "tools/repatctl/client/retry.h"
#include "tools/repatctl/load/load_batches.h"

namespace repatriation {

// Run() is called once, by one thread.
class LoadCallers {
 public:
  // Called with each result and its request, on any thread.
  using Observer = std::function<void(const v1::BatchResult&, const v1::AppendEventsRequest&)>;

  // The callers share `clients`, at least one. Everything passed must outlive this.
  LoadCallers(int callers, const std::vector<IngestClient*>& clients, LoadBatches* batches,
              RetryEnvironment environment, Observer observer);

  // Blocks until all batches are answered. Transient errors are retried for a
  // minute (see Retry); any other error ends the run and is returned.
  absl::Status Run(LoadResult& result);

 private:
  // Either in a call, or in waiting_, or ended, so only one thread uses it at a
  // time.
  struct Caller {
    Caller(IngestClient* client, RetryEnvironment environment);

    IngestClient* const ingest;
    v1::AppendEventsRequest request;
    absl::optional<absl::Time> first_sent;
    absl::Duration delay;  // requested by `retry`
    Retry retry;
    LoadResult result;
  };

  // Each starts the caller's next state: a call, waiting_, or ended.
  void SendNext(Caller& caller);
  void Send(Caller& caller);
  void HandleAnswer(Caller& caller, const absl::StatusOr<v1::AppendEventsResponse>& answer);
  void RetryLater(Caller& caller, const absl::Status& failure);
  void WaitUntil(absl::Time due, Caller& caller);
  void End(const absl::Status& status);

  // Sends for the callers in waiting_ when they are due. Blocks until all callers
  // have ended; returns the first error.
  absl::Status RunTimers();

  LoadBatches& batches_;
  const RetryEnvironment environment_;
  const Observer observer_;
  std::deque<Caller> callers_;  // never moved

  Mutex mutex_;
  CondVar changed_;
  std::set<std::pair<absl::Time, Caller*>> waiting_ ABSL_GUARDED_BY(mutex_);  // by time to send
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;   // callers that have not ended
  absl::Status status_ ABSL_GUARDED_BY(mutex_);  // the first error
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_LOAD_CALLERS_H_
