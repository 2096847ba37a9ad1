// Events and their histories as text; see render.h for the forms.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_EVENTS_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_EVENTS_H_

#include <string>

#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// The table omits columns in which every cell is empty, and long ones.
std::string EventsTable(const v1::ListEventsResponse& response);
// In two parts, so that CSV can be printed page by page. `status` is the event's own
// field, `counts_as` how the ledger counts it.
std::string EventsCsvHeader();
std::string EventsCsvRows(const v1::ListEventsResponse& response);

// The table has the content, then every entry of the history with what it changed;
// CSV has one row per entry.
std::string EventTable(const v1::GetEventResponse& response);
std::string EventCsv(const v1::GetEventResponse& response);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_EVENTS_H_
