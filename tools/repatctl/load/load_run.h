// A run of `repatctl load`: sends synthetic events over several streams or from
// many concurrent callers, and measures how long they take to be acknowledged and
// to become visible in queries.
//
// Thread-safety: Run() is called once; Progress() from any thread meanwhile.
#ifndef TOOLS_REPATCTL_LOAD_LOAD_RUN_H_
#define TOOLS_REPATCTL_LOAD_LOAD_RUN_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "tools/repatctl/client/clients.h"
#include "tools/repatctl/client/retry.h"
#include "tools/repatctl/load/load_batches.h"
#include "tools/repatctl/load/visibility_sampler.h"

namespace repatriation {

class LoadRun {
 public:
  // Streams or callers share `ingest`, at least one client; `environment` is for
  // the retries of callers. `query` may be null: then visibility is not sampled.
  // Everything passed must outlive the run.
  LoadRun(const LoadOptions& options, std::vector<IngestClient*> ingest, QueryClient* query,
          RetryEnvironment environment)
      : options_(options),
        ingest_(std::move(ingest)),
        environment_(std::move(environment)),
        clock_(environment_.clock),
        sampler_(query, &clock_),
        batches_(options) {}

  // Blocks until everything is answered; returns the first error.
  absl::Status Run(LoadResult& result);

  // Events answered so far.
  int64_t Progress() const { return answered_.load(); }

 private:
  class Stream;

  // Each sends all batches.
  absl::Status RunStreams(LoadResult& result);
  absl::Status RunCallers(LoadResult& result);
  // Records the answer to a batch of `events` events.
  void RecordAnswer(const v1::BatchResult& answer, int events);

  const LoadOptions options_;
  const std::vector<IngestClient*> ingest_;
  const RetryEnvironment environment_;
  const Clock& clock_;
  VisibilitySampler sampler_;
  LoadBatches batches_;
  std::atomic<int64_t> answered_{0};
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_LOAD_RUN_H_
