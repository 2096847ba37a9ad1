// Measures how long after its acknowledgement an event counts in a figure.
//
// Of the answers noted it asks the query service for a figure with the oldest
// one's position as min_position. Once that is answered every noted answer up to the
// copy's position is taken down, also those that came while it asked, so that a
// slow moment counts with all its answers and not with one.
#ifndef TOOLS_REPATCTL_LOAD_VISIBILITY_SAMPLER_H_
#define TOOLS_REPATCTL_LOAD_VISIBILITY_SAMPLER_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "tools/repatctl/client/clients.h"

namespace repatriation {

// Thread-safe.
class VisibilitySampler {
 public:
  // `query` may be null: nothing is sampled then. Both must outlive this.
  VisibilitySampler(QueryClient* query, const Clock* clock);
  ~VisibilitySampler() { Stop(); }

  // Notes that the event at `position` was acknowledged just now. Takes one
  // every few milliseconds and leaves out the others.
  void Note(int64_t position);

  // Asks for what was noted, unless the service fails, and returns all samples.
  // Blocks until then; a second call returns nothing.
  std::vector<absl::Duration> Stop();

 private:
  struct Acknowledged {
    int64_t position;
    absl::Time time;
  };

  void Sample();
  // Asks for `oldest`; the position up to which is answered then, or 0.
  int64_t Ask(const Acknowledged& oldest);
  void TakeDown(int64_t applied_position);

  QueryClient* const query_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Acknowledged> noted_;       // guarded by mutex_
  absl::Time last_noted_;                // guarded by mutex_
  bool stopping_ = false;                // guarded by mutex_
  std::vector<absl::Duration> samples_;  // thread_'s until it has ended
  std::thread thread_;
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_VISIBILITY_SAMPLER_H_
