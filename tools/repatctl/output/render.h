// Responses as text: a table for people, CSV with one header line and stable
// columns for programs, or JSON, which is the response in protobuf's JSON form with
// the schema's field names. Here is what all of them share; each response has a
// header of its own (render_aggregate.h, ...).
//
// In CSV and JSON numbers are plain digits and an unknown field of an event is
// empty. The group of events without a value is "unspecified".
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_OUTPUT_RENDER_H_
#define TOOLS_REPATCTL_OUTPUT_RENDER_H_

#include <string>

#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "repatriation/v1/query_service.pb.h"

namespace repatriation {

// Any response as JSON, ending in LF. As in protobuf's JSON form, int64 are strings.
std::string ToJson(const google::protobuf::Message& response);
// The same on one line.
std::string ToJsonLine(const google::protobuf::Message& response);

// `text`, with LF added unless it ends in one.
std::string WithLineEnd(std::string text);

// RFC 3339 in UTC; empty if not set.
std::string TimeText(const google::protobuf::Timestamp& time);

// The last line of a table: the ledger state that the answer is from.
std::string HeaderLine(const v1::ResponseHeader& header);

// The day through which an answer is complete, as one line.
std::string CompletenessLine(const v1::Completeness& completeness);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_OUTPUT_RENDER_H_
