// The events of `repatctl load`: as many as wanted, always the same for a
// seed, spread as real ones are: 8 categories, 120 countries, 13 sites, two
// years of days, random 128-bit ids; over 100,000 different combinations.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_LOAD_EVENTS_H_
#define TOOLS_REPATCTL_LOAD_EVENTS_H_

#include <cstdint>
#include <string>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

// The mission that the events of a seed belong to, so that what a query
// answers can be compared with what was sent.
std::string LoadMission(uint64_t seed);

// Fills `event`, which may hold an earlier one, with number `index` of `seed`.
void FillLoadEvent(uint64_t seed, uint64_t index, v1::Event& event);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_LOAD_EVENTS_H_
