// What an entry of the ledger says about an event, in the words of a history.
#ifndef TOOLS_REPATCTL_OUTPUT_ENTRY_TEXT_H_
#define TOOLS_REPATCTL_OUTPUT_ENTRY_TEXT_H_

#include <string>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

// What one entry says.
struct EntryText {
  const char* kind = "";
  std::string correction_id;
  std::string reason;
  // The content; for a voiding or a release only the id of its event.
  v1::Event event;
};

// Pure.
EntryText TextOf(const v1::Entry& entry);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_ENTRY_TEXT_H_
