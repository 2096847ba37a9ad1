// The events of `repatctl load`: any number of them, deterministic for a seed,
// distributed like a real mission's. Each of 120 countries has one to four
// contingents, each of one category at one site, and each event repatriates
// people of one contingent on one of 730 days: all 8 categories, 13 sites, about
// 210,000 cells of the roll-up. Ids are random 128-bit numbers.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_LOAD_LOAD_EVENTS_H_
#define TOOLS_REPATCTL_LOAD_LOAD_EVENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

// The mission that the events of a seed belong to, so that a query's totals can
// be compared with what was sent.
std::string LoadMission(uint64_t seed);

// Fills `event` with event `index` of `seed`. Reusing an `event` saves the
// allocations.
void FillLoadEvent(uint64_t seed, uint64_t index, v1::Event& event);

// Writes the same events in protobuf's wire format, assembled from pre-encoded
// parts.
class LoadEventWriter {
 public:
  // Upper bound for one event in a request.
  static constexpr size_t kSubmissionBytesMax = 192;

  explicit LoadEventWriter(uint64_t seed);

  // Appends event `index` to `request` as one of its `submissions`; returns its
  // headcount.
  int32_t Append(uint64_t index, std::string& request) const;

 private:
  const uint64_t seed_;
  const std::string mission_;                   // and `kind`, the same for all events
  const std::string source_;                    // the same for all events
  const std::vector<std::string> days_;         // by day, from the first
  const std::vector<std::string> contingents_;  // by index of the contingent
  const std::vector<std::string> headcounts_;   // by headcount - 1
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_LOAD_EVENTS_H_
