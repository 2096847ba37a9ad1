#include "tools/repatctl/fields/request_flags.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "common/domain/day.h"
#include "common/domain/enum_names.h"
#include "google/protobuf/util/time_util.h"
#include "tools/repatctl/fields/csv_rows.h"

namespace repatriation {
namespace {

constexpr absl::string_view kUnspecified = "unspecified";

absl::Status FlagError(absl::string_view flag, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, ": ", problem));
}

// The values of a list flag, which may be repeated.
absl::StatusOr<std::vector<std::string>> ValuesOf(absl::string_view flag,
                                                  const std::vector<std::string>& given) {
  std::vector<std::string> values;
  for (const std::string& text : given) {
    if (!IsValidUtf8(text))
      return FlagError(flag, absl::StrCat("must be UTF-8, is ", Quoted(text)));
    auto cells = ParseCsvCells(text);
    if (!cells.ok()) {
      return FlagError(flag, absl::StrCat(Quoted(text), ": ", cells.status().message()));
    }
    std::move(cells->begin(), cells->end(), std::back_inserter(values));
  }
  return values;
}

template <typename E>
absl::StatusOr<E> WordFrom(absl::string_view flag, absl::string_view word) {
  const auto value = ParseEnumName<E>(word);
  if (value.has_value()) return *value;
  return FlagError(flag, absl::StrCat("must be one of ", absl::StrJoin(EnumNames<E>(), ", "),
                                      ", is ", Quoted(word)));
}

// Adds the values of a text flag; "unspecified" becomes the empty text.
absl::Status AddTexts(absl::string_view flag, const std::vector<std::string>& given,
                      google::protobuf::RepeatedPtrField<std::string>& texts) {
  auto values = ValuesOf(flag, given);
  if (!values.ok()) return values.status();
  for (std::string& value : *values) texts.Add(value == kUnspecified ? "" : std::move(value));
  return absl::OkStatus();
}

// Adds the values of an enum flag.
template <typename E>
absl::Status AddWords(absl::string_view flag, const std::vector<std::string>& given,
                      google::protobuf::RepeatedField<int>& numbers) {
  const auto values = ValuesOf(flag, given);
  if (!values.ok()) return values.status();
  for (const std::string& value : *values) {
    const auto word = WordFrom<E>(flag, value);
    if (!word.ok()) return word.status();
    numbers.Add(*word);
  }
  return absl::OkStatus();
}

// The same, where "all" stands for every value, alone or among others.
template <typename E>
absl::Status AddWordsOrAll(absl::string_view flag, const std::vector<std::string>& given,
                           google::protobuf::RepeatedField<int>& numbers) {
  const auto values = ValuesOf(flag, given);
  if (!values.ok()) return values.status();
  if (std::find(values->begin(), values->end(), "all") != values->end()) {
    return AddWords<E>(flag, EnumNames<E>(), numbers);
  }
  return AddWords<E>(flag, given, numbers);
}

absl::Status CheckDay(absl::string_view flag, absl::string_view day) {
  if (day.empty() || ParseDay(day).has_value()) return absl::OkStatus();
  return FlagError(flag, absl::StrCat("must be a date as YYYY-MM-DD, is ", Quoted(day)));
}

// True for a text that can only be a position.
bool IsNumber(absl::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

}  // namespace

absl::StatusOr<v1::Filter> FilterFrom(const FilterFlags& flags) {
  v1::Filter filter;
  for (const absl::Status& status : {
           AddTexts("mission", flags.mission, *filter.mutable_missions()),
           AddWordsOrAll<v1::Kind>("kind", flags.kind, *filter.mutable_kinds()),
           AddWords<v1::Category>("category", flags.category, *filter.mutable_categories()),
           AddTexts("country", flags.country, *filter.mutable_countries()),
           AddTexts("site", flags.site, *filter.mutable_sites()),
           AddTexts("destination_site", flags.destination_site,
                    *filter.mutable_destination_sites()),
           AddTexts("unit", flags.unit, *filter.mutable_units()),
           AddWordsOrAll<v1::EventStatus>("status", flags.status, *filter.mutable_statuses()),
       }) {
    if (!status.ok()) return status;
  }
  if (!flags.sex.empty()) {
    const auto sex = WordFrom<v1::Sex>("sex", flags.sex);
    if (!sex.ok()) return sex.status();
    filter.set_sex(*sex);
  }
  auto days = DayRangeFrom(flags.from, flags.to);
  if (!days.ok()) return days.status();
  if (!flags.from.empty() || !flags.to.empty()) *filter.mutable_days() = *std::move(days);
  return filter;
}

absl::StatusOr<v1::DayRange> DayRangeFrom(const std::string& from, const std::string& to) {
  if (auto status = CheckDay("from", from); !status.ok()) return status;
  if (auto status = CheckDay("to", to); !status.ok()) return status;
  v1::DayRange days;
  days.set_from(from);
  days.set_to(to);
  return days;
}

absl::StatusOr<v1::ReadOptions> KnownAtFrom(absl::string_view flag, const std::string& known_at) {
  v1::ReadOptions read;
  if (IsNumber(known_at)) {
    int64_t position = 0;
    if (!absl::SimpleAtoi(known_at, &position)) {
      return FlagError(flag, absl::StrCat("must be at most ", std::numeric_limits<int64_t>::max(),
                                          ", is ", known_at));
    }
    read.set_known_at_position(position);
  } else if (!google::protobuf::util::TimeUtil::FromString(known_at,
                                                           read.mutable_known_at_time())) {
    return FlagError(flag, absl::StrCat("must be a position (1234) or an RFC 3339 time "
                                        "(2023-09-05T00:00:00Z), is ",
                                        Quoted(known_at)));
  }
  return read;
}

absl::StatusOr<v1::ReadOptions> ReadOptionsFrom(const ReadFlags& flags) {
  v1::ReadOptions read;
  if (!flags.known_at.empty()) {
    auto known_at = KnownAtFrom("known_at", flags.known_at);
    if (!known_at.ok()) return known_at.status();
    read = *std::move(known_at);
  }
  read.set_min_position(flags.min_position);
  return read;
}

absl::StatusOr<std::vector<v1::Dimension>> DimensionsFrom(
    const std::vector<std::string>& group_by) {
  const auto values = ValuesOf("group_by", group_by);
  if (!values.ok()) return values.status();
  std::vector<v1::Dimension> dimensions;
  for (const std::string& value : *values) {
    const auto dimension = WordFrom<v1::Dimension>("group_by", value);
    if (!dimension.ok()) return dimension.status();
    dimensions.push_back(*dimension);
  }
  return dimensions;
}

absl::StatusOr<v1::Bucket> BucketFrom(absl::string_view bucket) {
  return WordFrom<v1::Bucket>("bucket", bucket);
}

absl::StatusOr<v1::GetDrawdownRequest> DrawdownRequestFrom(const DrawdownFlags& flags) {
  v1::GetDrawdownRequest request;
  for (const absl::Status& status : {
           CheckDay("as_of", flags.as_of),
           CheckDay("baseline_day", flags.baseline_day),
           AddWords<v1::Category>("category", flags.category, *request.mutable_categories()),
           AddTexts("country", flags.country, *request.mutable_countries()),
           AddTexts("site", flags.site, *request.mutable_sites()),
       }) {
    if (!status.ok()) return status;
  }
  request.set_mission(flags.mission);
  request.set_as_of(flags.as_of);
  request.set_pace_window_days(flags.pace_window_days);
  if (!flags.baseline_series.empty() || !flags.baseline_day.empty()) {
    request.mutable_baseline()->set_series(flags.baseline_series);
    request.mutable_baseline()->set_as_of(flags.baseline_day);
  }
  return request;
}

absl::optional<FieldError> ApplyEventFlags(const std::vector<EventFieldFlag>& flags,
                                           v1::Event& event) {
  static constexpr const char* kOptional[] = {
      "country", "site", "destination_site", "unit", "female", "qualifier", "status"};
  for (const EventFieldFlag& flag : flags) {
    const std::string& name = EventColumns()[flag.column];
    const bool cleared =
        flag.text == kUnspecified &&
        std::find(std::begin(kOptional), std::end(kOptional), name) != std::end(kOptional);
    auto error = SetEventField(flag.column, cleared ? "" : absl::string_view(flag.text), event);
    if (error.has_value()) return error;
  }
  return absl::nullopt;
}

}  // namespace repatriation
