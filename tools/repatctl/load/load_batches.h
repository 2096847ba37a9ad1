// The batches that a load run sends, and the run's results.
#ifndef TOOLS_REPATCTL_LOAD_LOAD_BATCHES_H_
#define TOOLS_REPATCTL_LOAD_LOAD_BATCHES_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "common/base/encoded.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "repatriation/v1/ingest_service.pb.h"
#include "tools/repatctl/load/load_events.h"

namespace repatriation {

struct LoadOptions {
  int64_t events = 1'000'000;
  int batch = 1'000;
  int streams = 2;
  int window = 8;   // batches in flight per stream; the service's own default limit
  int callers = 0;  // if not 0: concurrent AppendEvents calls instead of streams
  uint64_t seed = 1;
  double events_per_second = 0;                // rate limit; 0: none
  absl::Duration timeout = absl::Seconds(30);  // with no answer at all
};

struct LoadResult {
  // Adds the answer to a batch of `events` events.
  void Count(const v1::BatchResult& answer, int events);
  // Adds the result of another part of the run.
  void Add(const LoadResult& part);

  int64_t recorded = 0;
  int64_t duplicate = 0;
  int64_t rejected = 0;
  int64_t retried = 0;                  // calls sent again
  int64_t headcount = 0;                // of all events sent
  int64_t position_max = 0;             // of all answers
  absl::Duration elapsed;               // from the first write to the last answer
  std::vector<absl::Duration> acks;     // per batch: first sent to answered
  std::vector<absl::Duration> visible;  // samples: acknowledged to visible in a query
};

// Hands out the batches in order. Thread-safe after Start().
class LoadBatches {
 public:
  // Uses of `options`: events, batch, seed, events_per_second.
  explicit LoadBatches(const LoadOptions& options) : options_(options), writer_(options.seed) {}

  // Sets the start of the run, from which due times are counted.
  void Start(absl::Time now) { start_ = now; }

  // Returns the number of the next batch; negative if there are no more, and after
  // Stop().
  int64_t Next();
  void Stop() { stopped_ = true; }
  // The earliest time to send batch `number`.
  absl::Time DueTime(int64_t number) const;
  // The number of events in batch `number`.
  int EventsOf(int64_t number) const;
  // Batch `number` as a request, and its total headcount. Built without protobuf
  // messages to save CPU, since client and services often share cores.
  struct Batch {
    Encoded<v1::StreamEventsRequest> request;
    int64_t headcount = 0;
  };
  Batch Encode(int64_t number) const;
  // Replaces the content of `submissions` with batch `number`, reusing its memory;
  // returns the total headcount.
  int64_t Fill(int64_t number,
               google::protobuf::RepeatedPtrField<v1::Submission>& submissions) const;

 private:
  const LoadOptions options_;
  const LoadEventWriter writer_;
  absl::Time start_;
  std::atomic<int64_t> next_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_LOAD_BATCHES_H_
