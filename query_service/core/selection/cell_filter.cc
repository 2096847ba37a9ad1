#include "query_service/core/selection/cell_filter.h"

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/base/text.h"
#include "common/domain/country.h"
#include "common/domain/enum_names.h"

namespace repatriation {
namespace {

constexpr int kValuesMax = 1000;
constexpr size_t kNameBytesMax = 128;

absl::Status CheckNames(const google::protobuf::RepeatedPtrField<std::string>& names,
                        absl::string_view path) {
  if (names.size() > kValuesMax) {
    return InvalidField(
        path, "TOO_MANY",
        absl::StrCat("must have at most ", kValuesMax, " values, has ", names.size()));
  }
  for (int i = 0; i < names.size(); ++i) {
    const std::string element = absl::StrCat(path, "[", i, "]");
    if (names[i].size() > kNameBytesMax) {
      return InvalidField(
          element, "TOO_LONG",
          absl::StrCat("must be at most ", kNameBytesMax, " bytes, has ", names[i].size()));
    }
    if (HasControlCharacter(names[i])) {
      return InvalidField(
          element, "CONTROL_CHARACTER",
          absl::StrCat("must not contain control characters, is ", Quoted(names[i])));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckCountries(const google::protobuf::RepeatedPtrField<std::string>& countries,
                            absl::string_view path) {
  for (int i = 0; i < countries.size(); ++i) {
    const std::string& country = countries[i];
    if (!country.empty() && !IsCountryCode(country)) {
      return InvalidField(
          absl::StrCat(path, "[", i, "]"), "UNKNOWN_COUNTRY",
          absl::StrCat("must be an ISO 3166 alpha-3 code such as SEN, is ", Quoted(country)));
    }
  }
  return absl::OkStatus();
}

// Checks that each value of a repeated enum field is known and specified.
template <typename E, typename IsValid>
absl::Status CheckEnums(const google::protobuf::RepeatedField<int>& values, absl::string_view path,
                        IsValid is_valid) {
  if (values.size() > kValuesMax) {
    return InvalidField(
        path, "TOO_MANY",
        absl::StrCat("must have at most ", kValuesMax, " values, has ", values.size()));
  }
  for (int i = 0; i < values.size(); ++i) {
    if (is_valid(values[i]) && values[i] != 0) continue;
    return InvalidField(absl::StrCat(path, "[", i, "]"), "UNKNOWN_VALUE",
                        absl::StrCat("must be one of the known values, is ", values[i]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<absl::optional<DayNumber>> CheckDay(absl::string_view text,
                                                   absl::string_view field) {
  if (text.empty()) return absl::optional<DayNumber>();
  const auto day = ParseDay(text);
  if (day.has_value()) return day;
  return InvalidField(field, "DAY_NOT_A_DATE",
                      absl::StrCat("must be a date as YYYY-MM-DD, is ", Quoted(text)));
}

absl::StatusOr<DayInterval> CheckDays(const v1::DayRange& days, absl::string_view path) {
  const auto from = CheckDay(days.from(), absl::StrCat(path, ".from"));
  if (!from.ok()) return from.status();
  const auto to = CheckDay(days.to(), absl::StrCat(path, ".to"));
  if (!to.ok()) return to.status();
  DayInterval interval;
  interval.from = from->value_or(interval.from);
  interval.to = to->value_or(interval.to);
  if (interval.to <= interval.from) {
    return InvalidField(
        absl::StrCat(path, ".to"), "EMPTY_RANGE",
        absl::StrCat("must be after from, which is ", days.from(), ", is ", days.to()));
  }
  return interval;
}

absl::StatusOr<CheckedFilter> CheckFilter(const v1::Filter& filter, DefaultKinds default_kinds,
                                          absl::string_view path) {
  const auto at = [&](absl::string_view field) {
    return path.empty() ? std::string(field) : absl::StrCat(path, ".", field);
  };
  absl::Status status = CheckNames(filter.missions(), at("missions"));
  status.Update(CheckNames(filter.countries(), at("countries")));
  status.Update(CheckCountries(filter.countries(), at("countries")));
  status.Update(CheckNames(filter.sites(), at("sites")));
  status.Update(CheckNames(filter.destination_sites(), at("destination_sites")));
  status.Update(CheckNames(filter.units(), at("units")));
  status.Update(CheckEnums<v1::Kind>(filter.kinds(), at("kinds"), v1::Kind_IsValid));
  status.Update(
      CheckEnums<v1::Category>(filter.categories(), at("categories"), v1::Category_IsValid));
  status.Update(
      CheckEnums<v1::EventStatus>(filter.statuses(), at("statuses"), v1::EventStatus_IsValid));
  if (!v1::Sex_IsValid(filter.sex())) {
    status.Update(InvalidField(
        at("sex"), "UNKNOWN_VALUE",
        absl::StrCat("must be one of the known values, is ", static_cast<int>(filter.sex()))));
  }
  const auto days = CheckDays(filter.days(), at("days"));
  status.Update(days.status());
  if (!status.ok()) return status;
  CheckedFilter checked{filter, *days};
  if (checked.proto.kinds().empty() && default_kinds == DefaultKinds::kRepatriations) {
    checked.proto.add_kinds(v1::KIND_REPATRIATION);
  }
  if (checked.proto.statuses().empty() && default_kinds == DefaultKinds::kRepatriations) {
    checked.proto.add_statuses(v1::EVENT_STATUS_ACTUAL);
  }
  return checked;
}

CellFilter::CellFilter(const CheckedFilter& checked, const LedgerView::Reader& reader)
    : CellFilter(checked.proto, checked.days, reader) {}

CellFilter::CellFilter(const v1::Filter& filter, const DayInterval& days,
                       const LedgerView::Reader& reader)
    : days_(days),
      sex_(filter.sex()),
      missions_(TextsOf(filter.missions(), reader)),
      countries_(TextsOf(filter.countries(), reader)),
      sites_(TextsOf(filter.sites(), reader)),
      destination_sites_(TextsOf(filter.destination_sites(), reader)),
      units_(TextsOf(filter.units(), reader)) {
  for (const int kind : filter.kinds()) kinds_.set(kind);
  if (filter.kinds().empty()) kinds_.set().reset(v1::KIND_UNSPECIFIED);
  for (const int status : filter.statuses()) statuses_.set(status);
  if (filter.statuses().empty()) statuses_.set();
  for (const int category : filter.categories()) {
    categories_ |= LeavesOf(static_cast<v1::Category>(category));
  }
  if (filter.categories().empty()) categories_ = LeavesOf(v1::CATEGORY_ALL);
  if (!countries_.any) dimensions_ |= kByCountry;
  if (!sites_.any) dimensions_ |= kBySite;
  if (!destination_sites_.any) dimensions_ |= kByDestinationSite;
  if (!units_.any) dimensions_ |= kByUnit;
  if (days.from != DayInterval().from || days.to != DayInterval().to) dimensions_ |= kByDay;
}

CellFilter::Texts CellFilter::TextsOf(const google::protobuf::RepeatedPtrField<std::string>& names,
                                      const LedgerView::Reader& reader) {
  Texts texts;
  texts.any = names.empty();
  for (const std::string& name : names) {
    const auto id = reader.FindText(name);
    if (id.has_value()) texts.ids.insert(*id);
  }
  return texts;
}

}  // namespace repatriation
