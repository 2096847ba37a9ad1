// A run of `repatctl load`: streams made-up events in over several streams,
// and times when they are acknowledged and when a query can answer with them.
//
// Thread-safety: Run() is called once; Progress() from any thread meanwhile.
#ifndef TOOLS_REPATCTL_LOAD_RUN_H_
#define TOOLS_REPATCTL_LOAD_RUN_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "tools/repatctl/clients.h"
#include "tools/repatctl/load_batches.h"
#include "tools/repatctl/visibility_sampler.h"

namespace repatriation {

class LoadRun {
 public:
  // `query` may be null: nothing is sampled then. All must outlive the run.
  LoadRun(const LoadOptions& options, IngestClient* ingest, QueryClient* query, const Clock* clock)
      : options_(options),
        ingest_(*ingest),
        clock_(*clock),
        sampler_(query, clock),
        batches_(options) {}

  // Blocks until all is answered, or returns the first error of a stream.
  absl::Status Run(LoadResult& result);

  // Events answered so far.
  int64_t Progress() const { return answered_.load(); }

 private:
  class Stream;

  // Sends over all streams until nothing is left.
  absl::Status RunStreams(LoadResult& result);
  void NoteAnswer(const v1::BatchResult& answer, const std::string& last_event_id, int events);

  const LoadOptions options_;
  IngestClient& ingest_;
  const Clock& clock_;
  VisibilitySampler sampler_;
  LoadBatches batches_;
  std::atomic<int64_t> answered_{0};
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_RUN_H_
