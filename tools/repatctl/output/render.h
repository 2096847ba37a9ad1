// Answers of the query service as text: a table for people, CSV with one
// header line and stable columns for programs, or JSON, which is the response
// itself in protobuf's JSON form with the schema's field names.
//
// In CSV and JSON numbers are plain digits and an unknown field of an event
// stays empty. The group of events that do not say reads "unspecified".
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_H_

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
// The same on one line.
std::string ToJsonLine(const google::protobuf::Message& response);

// After RFC 3339 in UTC; empty if not set.
std::string TimeText(const google::protobuf::Timestamp& time);

// The last line of a table: where the answer comes from.
std::string HeaderLine(const v1::ResponseHeader& header);

// Up to when an answer is complete, on one line.
std::string CompletenessLine(const v1::Completeness& completeness);

// `response` holds the rows of all pages. Without dimensions there is one row,
// the total, also if it is zero. Bounds are shown where the answer has them.
std::string AggregateTable(const v1::GetAggregateResponse& response, const Dimensions& dimensions);
std::string AggregateCsv(const v1::GetAggregateResponse& response, const Dimensions& dimensions);

// The table has a bar chart, and names the buckets between the first and the
// last in which nothing was reported. `columns` are those of the terminal, and
// `moving_average` says whether one was asked for. A
// figure that is not known is "?" in the table and empty in CSV, which with
// `fill_gaps` also has the columns `incomplete` and `moving_average`.
std::string TimelineTable(const v1::GetTimelineResponse& response, const Dimensions& dimensions,
                          v1::Bucket bucket, int columns, bool moving_average = false);
std::string TimelineCsv(const v1::GetTimelineResponse& response, const Dimensions& dimensions,
                        bool fill_gaps);

// The table leaves out columns in which every cell is empty, and the long ones.
std::string EventsTable(const v1::ListEventsResponse& response);
// In two parts, so that page after page can be printed. `status` is what the
// event itself says, `counts_as` how the ledger takes it.
std::string EventsCsvHeader();
std::string EventsCsvRows(const v1::ListEventsResponse& response);

// The content, then every entry with what it changed.
std::string EventTable(const v1::GetEventResponse& response);
std::string EventCsv(const v1::GetEventResponse& response);

// The service's own text, and the same as Markdown.
std::string BriefingAsText(const v1::GetBriefingResponse& response);
std::string BriefingAsMarkdown(const v1::GetBriefingResponse& response);
std::string BriefingCsv(const v1::GetBriefingResponse& response);

// The rows and the total, then mandate, baselines, pace, forecast, closed sites
// and completeness. CSV has the rows alone, or without dimensions the total.
std::string DrawdownTable(const v1::GetDrawdownResponse& response, const Dimensions& dimensions);
std::string DrawdownCsv(const v1::GetDrawdownResponse& response, const Dimensions& dimensions);

// `response` holds the statements of all pages; the table also has why, and
// the conflicts between records.
std::string ReconcileTable(const v1::ReconcileResponse& response);
std::string ReconcileCsv(const v1::ReconcileResponse& response);

// `response` holds the entries of all pages. CSV has one row an entry.
std::string CompareTable(const v1::CompareAggregatesResponse& response);
std::string CompareCsv(const v1::CompareAggregatesResponse& response);

// One answer of a watch. CSV, whose header is WatchCsvHeader(), has one row a
// group that changed, or without dimensions the total.
std::string WatchTable(const v1::WatchAggregateResponse& response, const Dimensions& dimensions);
std::string WatchCsvHeader(const Dimensions& dimensions);
std::string WatchCsvRows(const v1::WatchAggregateResponse& response, const Dimensions& dimensions);

// `response` holds the events of all pages.
std::string QuarantineTable(const v1::ListQuarantineResponse& response);
std::string QuarantineCsv(const v1::ListQuarantineResponse& response);

std::string MissionsTable(const v1::ListMissionsResponse& response);
std::string MissionsCsv(const v1::ListMissionsResponse& response);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_H_
