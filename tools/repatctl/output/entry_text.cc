#include "tools/repatctl/output/entry_text.h"

namespace repatriation {

EntryText TextOf(const v1::Entry& entry) {
  EntryText text;
  switch (entry.content_case()) {
    case v1::Entry::kEvent:
      text.kind = "event";
      text.event = entry.event();
      break;
    case v1::Entry::kAmendment:
      text = {"amendment", entry.amendment().correction_id(), entry.amendment().reason(),
              entry.amendment().event()};
      text.event.set_event_id(entry.amendment().event_id());
      break;
    case v1::Entry::kVoiding:
      text = {"voiding", entry.voiding().correction_id(), entry.voiding().reason(), {}};
      text.event.set_event_id(entry.voiding().event_id());
      break;
    case v1::Entry::kQuarantineRelease:
      text = {"quarantine_release",
              entry.quarantine_release().correction_id(),
              entry.quarantine_release().reason(),
              {}};
      text.event.set_event_id(entry.quarantine_release().event_id());
      break;
    case v1::Entry::kRecord:
      text.kind = "record";
      break;
    default:
      text.kind = "unknown";
  }
  return text;
}

}  // namespace repatriation
