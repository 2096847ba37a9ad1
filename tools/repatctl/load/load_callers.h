// The callers of a load run: each appends one batch after the other by
// AppendEvents, and all of them at once. They are no threads: an answer sends
// the caller's next batch, since with one thread for each of 64 callers a call
// costs the client half as much again, and there may be 10,000.
#ifndef TOOLS_REPATCTL_LOAD_LOAD_CALLERS_H_
#define TOOLS_REPATCTL_LOAD_LOAD_CALLERS_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "tools/repatctl/client/clients.h"
#include "tools/repatctl/load/load_batches.h"
#include "tools/repatctl/client/retry.h"

namespace repatriation {

// Run() is called once, by one thread.
class LoadCallers {
 public:
  // Told of each answer, on any thread: the answer, and the request.
  using Observer = std::function<void(const v1::BatchResult&, const v1::AppendEventsRequest&)>;

  // The callers share `clients`, one or more. All must outlive this.
  LoadCallers(int callers, const std::vector<IngestClient*>& clients, LoadBatches* batches,
              RetryEnvironment environment, Observer observer);

  // Blocks until all batches are answered. What is transient is tried again for
  // a minute (see Retry); any other error ends the run and is returned.
  absl::Status Run(LoadResult& result);

 private:
  // In turn either in a call, or in waiting_, or ended; so one thread at a time
  // has to do with it.
  struct Caller {
    Caller(IngestClient* client, RetryEnvironment environment);

    IngestClient* const ingest;
    v1::AppendEventsRequest request;
    absl::optional<absl::Time> first_sent;
    absl::Duration delay;  // that `retry` wants
    Retry retry;
    LoadResult result;
  };

  // Each hands the caller on: to a call, to waiting_, or to its end.
  void SendNext(Caller& caller);
  void Send(Caller& caller);
  void TakeAnswer(Caller& caller, const absl::StatusOr<v1::AppendEventsResponse>& answer);
  void SendAgain(Caller& caller, const absl::Status& failure);
  void WaitUntil(absl::Time due, Caller& caller);
  void End(const absl::Status& status);

  // Sends what is due of waiting_, until all callers have ended.
  void ServeWaiting();

  LoadBatches& batches_;
  const RetryEnvironment environment_;
  const Observer observer_;
  std::deque<Caller> callers_;  // never moved

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_: who sends when, how many have not ended, and the first
  // error.
  std::set<std::pair<absl::Time, Caller*>> waiting_;
  size_t running_ = 0;
  absl::Status status_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_LOAD_CALLERS_H_
