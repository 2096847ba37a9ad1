// Answers of the query service as text: a table for people, CSV with one
// header line and stable columns for programs, or JSON, which is the response
// itself in protobuf's JSON form with the schema's field names.
//
// In CSV and JSON numbers are plain digits and an unknown field of an event
// stays empty. The group of events that do not say reads "unspecified".
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_RENDER_H_
#define TOOLS_REPATCTL_RENDER_H_

#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

using Dimensions = std::vector<v1::Dimension>;

// Any response as JSON, LF at the end. int64 are strings, as protobuf's JSON
// form has it.
std::string ToJson(const google::protobuf::Message& response);

// After RFC 3339 in UTC; empty if not set.
std::string TimeText(const google::protobuf::Timestamp& time);

// The last line of a table: where the answer comes from.
std::string HeaderLine(const v1::ResponseHeader& header);

// `response` holds the rows of all pages. Without dimensions there is one row,
// the total, also if it is zero.
std::string AggregateTable(const v1::GetAggregateResponse& response, const Dimensions& dimensions);
std::string AggregateCsv(const v1::GetAggregateResponse& response, const Dimensions& dimensions);

// The table has a bar chart, and names the buckets between the first and the
// last in which nothing was reported. `columns` are those of the terminal.
std::string TimelineTable(const v1::GetTimelineResponse& response, const Dimensions& dimensions,
                          v1::Bucket bucket, int columns);
std::string TimelineCsv(const v1::GetTimelineResponse& response, const Dimensions& dimensions);

// The table leaves out columns in which every cell is empty, and the long ones.
std::string EventsTable(const v1::ListEventsResponse& response);
// In two parts, so that page after page can be printed. `status` is what the
// event itself says, `counts_as` how the ledger takes it.
std::string EventsCsvHeader();
std::string EventsCsvRows(const v1::ListEventsResponse& response);

// The content, then every entry with what it changed.
std::string EventTable(const v1::GetEventResponse& response);
std::string EventCsv(const v1::GetEventResponse& response);

// The service's own text.
std::string BriefingText(const v1::GetBriefingResponse& response);
std::string BriefingCsv(const v1::GetBriefingResponse& response);

std::string MissionsTable(const v1::ListMissionsResponse& response);
std::string MissionsCsv(const v1::ListMissionsResponse& response);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_RENDER_H_
