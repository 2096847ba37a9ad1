// Parses the values of command-line flags into the fields of a request.
//
// Lists are comma-separated as in CSV (a value with a comma is quoted:
// --site '"Mopti, Sévaré"') and flags may be repeated; "unspecified" selects
// events without a value.
//
// Errors: INVALID_ARGUMENT that names the flag. What only the service can check
// (does a country exist, is `to` later than `from`) is left to it.
//
// Thread-safety: all functions are pure.
#ifndef TOOLS_REPATCTL_FIELDS_REQUEST_FLAGS_H_
#define TOOLS_REPATCTL_FIELDS_REQUEST_FLAGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "repatriation/v1/event.pb.h"
#include "repatriation/v1/query_service.pb.h"
#include "tools/repatctl/fields/event_columns.h"

namespace repatriation {

// Which events to select; each member is the flag of the same name.
struct FilterFlags {
  std::vector<std::string> mission;
  std::vector<std::string> kind;
  std::vector<std::string> category;
  std::vector<std::string> country;
  std::vector<std::string> site;
  std::vector<std::string> destination_site;
  std::vector<std::string> unit;
  std::vector<std::string> status;
  std::string sex;
  std::string from;
  std::string to;
};

// Which state of the ledger to read; each member is the flag of the same name.
struct ReadFlags {
  std::string known_at;
  int64_t min_position = 0;
};

// One field of an event and the text given for it.
struct EventFieldFlag {
  size_t column = 0;
  std::string text;
};

absl::StatusOr<v1::Filter> FilterFrom(const FilterFlags& flags);

// Checks that both are dates.
absl::StatusOr<v1::DayRange> DayRangeFrom(const std::string& from, const std::string& to);

absl::StatusOr<v1::ReadOptions> ReadOptionsFrom(const ReadFlags& flags);

// Parses `known_at`, the value of `flag`: a position or a time.
absl::StatusOr<v1::ReadOptions> KnownAtFrom(absl::string_view flag, const std::string& known_at);

// The dimensions in the order given.
absl::StatusOr<std::vector<v1::Dimension>> DimensionsFrom(const std::vector<std::string>& group_by);

absl::StatusOr<v1::Bucket> BucketFrom(absl::string_view bucket);

// Which people a drawdown request is about; each member is the flag of the same
// name.
struct DrawdownFlags {
  std::string mission;
  std::string as_of;
  std::string baseline_series;
  std::string baseline_day;
  std::vector<std::string> category;
  std::vector<std::string> country;
  std::vector<std::string> site;
  int pace_window_days = 0;
};

// Without the state of the ledger and the dimensions.
absl::StatusOr<v1::GetDrawdownRequest> DrawdownRequestFrom(const DrawdownFlags& flags);

// Sets the fields of `event` that `flags` give. An empty text, and for an optional
// field the word "unspecified", clears the field.
absl::optional<FieldError> ApplyEventFlags(const std::vector<EventFieldFlag>& flags,
                                           v1::Event& event);

}  // namespace repatriation

#endif  // TOOLS_REPATCTL_FIELDS_REQUEST_FLAGS_H_
