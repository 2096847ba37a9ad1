// A run of `repatctl load`: sends made-up events over several streams or from
// many callers, and times when they are acknowledged and when a query can answer with them.
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
#include "tools/repatctl/load/load_batches.h"
#include "tools/repatctl/client/retry.h"
#include "tools/repatctl/load/visibility_sampler.h"

namespace repatriation {

class LoadRun {
 public:
  // Streams or callers share `ingest`, one client or more; what a caller is
  // refused is tried again with `environment`. `query` may be null: nothing is
  // sampled then. All must outlive the run.
  LoadRun(const LoadOptions& options, std::vector<IngestClient*> ingest, QueryClient* query,
          RetryEnvironment environment)
      : options_(options),
        ingest_(std::move(ingest)),
        environment_(std::move(environment)),
        clock_(environment_.clock),
        sampler_(query, &clock_),
        batches_(options) {}

  // Blocks until all is answered, or returns the first error.
  absl::Status Run(LoadResult& result);

  // Events answered so far.
  int64_t Progress() const { return answered_.load(); }

 private:
  class Stream;

  // Each sends until nothing is left.
  absl::Status RunStreams(LoadResult& result);
  absl::Status RunCallers(LoadResult& result);
  // Notes an answer to a batch of `events`, the last of which has an id.
  void NoteAnswer(const v1::BatchResult& answer, int events);

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
