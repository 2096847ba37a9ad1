// What a load run has to send, cut into batches, and what came of it.
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
  int window = 8;   // batches of a stream in flight; as many as the service takes by default
  int callers = 0;  // of AppendEvents, in place of streams, unless 0
  uint64_t seed = 1;
  double events_per_second = 0;                // at most; 0: as fast as it goes
  absl::Duration timeout = absl::Seconds(30);  // without any answer
};

struct LoadResult {
  // Counts the answer to a batch of `events`.
  void Count(const v1::BatchResult& answer, int events);
  // Adds what another part of the run came to.
  void Add(const LoadResult& part);

  int64_t recorded = 0;
  int64_t duplicate = 0;
  int64_t rejected = 0;
  int64_t retried = 0;                  // calls sent again
  int64_t headcount = 0;                // of all that was sent
  int64_t position_max = 0;             // of all that was answered
  absl::Duration elapsed;               // from the first write to the last answer
  std::vector<absl::Duration> acks;     // one a batch: first sent to answer
  std::vector<absl::Duration> visible;  // samples: answer to answerable
};

// The batches, handed out in order. Thread-safe after Start().
class LoadBatches {
 public:
  // Takes of `options`: events, batch, seed, events_per_second.
  explicit LoadBatches(const LoadOptions& options) : options_(options), writer_(options.seed) {}

  // Sets when the run began, from which on batches are due.
  void Start(absl::Time now) { start_ = now; }

  // Takes the number of the next batch; negative when all are taken, and after
  // Stop().
  int64_t Take();
  void Stop() { stopped_ = true; }
  // When batch `number` may be sent at the earliest.
  absl::Time DueTime(int64_t number) const;
  // How many events batch `number` holds.
  int EventsOf(int64_t number) const;
  // Batch `number` as a request, and how many people it counts. Made without
  // messages: client and services often share their cores.
  struct Batch {
    Encoded<v1::StreamEventsRequest> request;
    int64_t headcount = 0;
  };
  Batch Encode(int64_t number) const;
  // The same as submissions, in place of what `submissions` holds, without an
  // allocation; returns how many people they count.
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
