// Measures visibility: how long after its acknowledgement an event counts in the
// query service's figures.
//
// It queries with the position of the oldest pending acknowledgement as
// min_position. The answer yields a sample for every acknowledgement up to the
// replica's position, including those that arrived during the query, so that a
// slow query is weighted by all the acknowledgements it delayed, not counted once.
#ifndef TOOLS_REPATCTL_LOAD_VISIBILITY_SAMPLER_H_
#define TOOLS_REPATCTL_LOAD_VISIBILITY_SAMPLER_H_

#include <cstdint>
#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "tools/repatctl/client/clients.h"

namespace repatriation {

// Thread-safe.
class VisibilitySampler {
 public:
  // `query` may be null: then nothing is sampled. Both must outlive this.
  VisibilitySampler(QueryClient* query, const Clock* clock);
  ~VisibilitySampler() { Stop(); }

  // Records that the event at `position` was acknowledged just now. Keeps at most
  // one every few milliseconds and drops the others.
  void RecordAck(int64_t position);

  // Samples what is pending, unless the service fails, and returns all samples.
  // Blocks until then; a second call returns nothing.
  std::vector<absl::Duration> Stop();

 private:
  struct Acknowledged {
    int64_t position;
    absl::Time time;
  };

  void SampleUntilStopped();
  // Queries with `oldest` as min_position; returns the replica's position, or 0 on
  // an error.
  int64_t QueryAppliedPosition(const Acknowledged& oldest);
  void AddSamples(int64_t applied_position) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  QueryClient* const query_;
  const Clock& clock_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Acknowledged> pending_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_recorded_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<absl::Duration> samples_;  // used by thread_ alone until it has ended
  std::thread thread_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_VISIBILITY_SAMPLER_H_
