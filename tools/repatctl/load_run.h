// A run of `repatctl load`: streams made-up events in over several streams,
// and times when they are acknowledged and when a query can answer with them.
//
// Thread-safety: Run() is called once; Progress() from any thread meanwhile.
#ifndef TOOLS_REPATCTL_LOAD_RUN_H_
#define TOOLS_REPATCTL_LOAD_RUN_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "tools/repatctl/clients.h"

namespace repatriation {

struct LoadOptions {
  int64_t events = 1'000'000;
  int batch = 1'000;
  int streams = 2;
  int window = 4;  // batches of a stream in flight
  uint64_t seed = 1;
  double events_per_second = 0;                // at most; 0: as fast as it goes
  absl::Duration timeout = absl::Seconds(30);  // without any answer
};

struct LoadResult {
  int64_t recorded = 0;
  int64_t duplicate = 0;
  int64_t rejected = 0;
  int64_t headcount = 0;                // of all that was sent
  int64_t position_max = 0;             // of all that was answered
  absl::Duration elapsed;               // from the first write to the last answer
  std::vector<absl::Duration> acks;     // one a batch: write to answer
  std::vector<absl::Duration> visible;  // samples: answer to answerable
};

class LoadRun {
 public:
  // `query` may be null: nothing is sampled then. All must outlive the run.
  LoadRun(const LoadOptions& options, IngestClient* ingest, QueryClient* query, const Clock* clock)
      : options_(options), ingest_(*ingest), query_(query), clock_(*clock) {}

  // Blocks until all is answered, or returns the first error of a stream.
  absl::Status Run(LoadResult& result);

  // Events answered so far.
  int64_t Progress() const { return answered_.load(); }

 private:
  class Stream;

  // What is answered last, for the sampler.
  struct LatestAnswer {
    int64_t position = 0;
    std::string event_id;
    absl::Time time;
  };

  // Takes the number of the next batch; negative when all are taken.
  int64_t TakeBatch();
  // When batch `number` may be sent at the earliest.
  absl::Time DueTime(int64_t number) const;
  void NoteAnswer(int64_t position, const std::string& event_id, int events);
  // Asks the query service for the event answered last, over and over.
  void Sample(std::vector<absl::Duration>& visible);

  const LoadOptions options_;
  IngestClient& ingest_;
  QueryClient* const query_;
  const Clock& clock_;
  absl::Time start_;
  std::atomic<int64_t> next_batch_{0};
  std::atomic<int64_t> answered_{0};
  std::atomic<bool> done_{false};
  std::mutex mutex_;
  LatestAnswer latest_;  // guarded by mutex_
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_RUN_H_
