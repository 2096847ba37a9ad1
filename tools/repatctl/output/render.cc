#include "tools/repatctl/output/render.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/time_util.h"

namespace repatriation {
namespace {

std::string JsonText(const google::protobuf::Message& response, bool add_whitespace) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = add_whitespace;
  options.preserve_proto_field_names = true;
  // Zeros are printed, too.
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for an Any of an unknown type, and no response contains one.
  (void)google::protobuf::util::MessageToJsonString(response, &json, options);
  return WithLineEnd(std::move(json));
}

}  // namespace

std::string ToJson(const google::protobuf::Message& response) { return JsonText(response, true); }

std::string ToJsonLine(const google::protobuf::Message& response) {
  return JsonText(response, false);
}

std::string WithLineEnd(std::string text) {
  if (!absl::EndsWith(text, "\n")) text.push_back('\n');
  return text;
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return google::protobuf::util::TimeUtil::ToString(time);
}

std::string HeaderLine(const v1::ResponseHeader& header) {
  const std::string time = TimeText(header.known_at_time());
  return absl::StrCat("ledger position ", header.applied_position(), ", known at position ",
                      header.known_at_position(), time.empty() ? "" : absl::StrCat(" (", time, ")"),
                      "\n");
}

std::string CompletenessLine(const v1::Completeness& completeness) {
  if (completeness.reported_through().empty()) {
    return "completeness unknown: no reported_through record\n";
  }
  return absl::StrCat("complete through ", completeness.reported_through(),
                      completeness.includes_unknown_days() ? "; later days may still change" : "",
                      "\n");
}

}  // namespace repatriation
