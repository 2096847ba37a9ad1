// The events of `repatctl load`: as many as wanted, always the same for a
// seed, spread as a real mission's are. Each of 120 countries has one to four
// contingents, a contingent being of one category and at one site, and each
// event takes people of one contingent home on one of 730 days: all 8
// categories, 13 sites, about 210,000 cells of the roll-up. Ids are random, of
// 128 bits.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_LOAD_LOAD_EVENTS_H_
#define TOOLS_REPATCTL_LOAD_LOAD_EVENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

// The mission that the events of a seed belong to, so that what a query
// answers can be compared with what was sent.
std::string LoadMission(uint64_t seed);

// Fills `event` with number `index` of `seed`. One that held an earlier event
// is filled without an allocation.
void FillLoadEvent(uint64_t seed, uint64_t index, v1::Event& event);

// Writes the same events in protobuf's wire form, put together from parts that
// many events share.
class LoadEventWriter {
 public:
  // More than one event takes as part of a request.
  static constexpr size_t kSubmissionBytesMax = 192;

  explicit LoadEventWriter(uint64_t seed);

  // Appends event `index` to `request` as one of its `submissions`; returns how many
  // people it counts.
  int32_t Append(uint64_t index, std::string& request) const;

 private:
  const uint64_t seed_;
  const std::string mission_;                   // and what else all events have, in the order
  const std::string source_;                    // of the fields of Event
  const std::vector<std::string> days_;         // by number of the day
  const std::vector<std::string> contingents_;  // by number of the contingent
  const std::vector<std::string> headcounts_;   // by headcount less 1
};

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_LOAD_EVENTS_H_
