// An entry of the ledger as the history of an event shows it.
#ifndef TOOLS_REPATCTL_OUTPUT_ENTRY_TEXT_H_
#define TOOLS_REPATCTL_OUTPUT_ENTRY_TEXT_H_

#include <string>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

// The parts of one entry.
struct EntryText {
  const char* kind = "";
  std::string correction_id;
  std::string reason;
  // The event's content; for a voiding or a release only its id.
  v1::Event event;
};

// Pure.
EntryText TextOf(const v1::Entry& entry);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_ENTRY_TEXT_H_
