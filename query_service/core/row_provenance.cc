#include "query_service/core/row_provenance.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/domain/category.h"
#include "query_service/core/event_list_token.h"

namespace repatriation {
namespace {

template <typename Values, typename Value>
void SetOnly(Values* values, const Value& value) {
  values->Clear();
  *values->Add() = value;
}

// A roll-up as a group holds those of its leaves that the filter lets through.
void NarrowCategories(v1::Category group, v1::Filter& filter) {
  CategorySet asked_for;
  for (const int category : filter.categories()) {
    asked_for |= LeavesOf(static_cast<v1::Category>(category));
  }
  const CategorySet leaves = LeavesOf(group);
  const bool whole = filter.categories().empty() || IsWithin(leaves, asked_for);
  filter.clear_categories();
  if (whole) return filter.add_categories(group);
  for (size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    if (leaves.test(leaf) && asked_for.test(leaf)) {
      filter.add_categories(static_cast<v1::Category>(leaf));
    }
  }
}

template <typename Row>
void SetEvents(v1::Filter filter, Position known_at, Row& row) {
  row.set_events_page_token(EventsPageToken(filter, known_at));
  *row.mutable_events_filter() = std::move(filter);
}

}  // namespace

absl::Status CheckProvenanceFilter(const v1::Filter& filter) {
  const size_t bytes = filter.ByteSizeLong();
  if (bytes <= kProvenanceFilterBytesMax) return absl::OkStatus();
  return InvalidField("with_provenance", "FILTER_TOO_LARGE",
                      absl::StrCat("must come with a filter of at most ", kProvenanceFilterBytesMax,
                                   " bytes, which each row repeats; it has ", bytes));
}

v1::Filter FilterOfGroup(const v1::Filter& filter, const v1::Group& group) {
  v1::Filter narrow = filter;
  if (group.has_mission()) SetOnly(narrow.mutable_missions(), group.mission());
  if (group.has_kind()) SetOnly(narrow.mutable_kinds(), group.kind());
  if (group.has_category()) NarrowCategories(group.category(), narrow);
  if (group.has_country()) SetOnly(narrow.mutable_countries(), group.country());
  if (group.has_site()) SetOnly(narrow.mutable_sites(), group.site());
  if (group.has_destination_site()) {
    SetOnly(narrow.mutable_destination_sites(), group.destination_site());
  }
  if (group.has_unit()) SetOnly(narrow.mutable_units(), group.unit());
  if (group.has_sex()) narrow.set_sex(group.sex());
  if (group.has_status()) SetOnly(narrow.mutable_statuses(), group.status());
  return narrow;
}

v1::Filter FilterOfBucket(const v1::Filter& filter, DayNumber start, v1::Bucket bucket) {
  v1::Filter narrow = filter;
  v1::DayRange& days = *narrow.mutable_days();
  // Days are written so that the earlier one is the lesser text.
  days.set_from(std::max(days.from(), FormatDay(start)));
  const std::string end = FormatDay(NextBucket(start, bucket));
  // The day after the calendar's last is no date; without it there is no end.
  if (ParseDay(end).has_value() && (days.to().empty() || end < days.to())) days.set_to(end);
  return narrow;
}

void AddProvenance(v1::GetAggregateResponse& response) {
  const Position known_at = response.header().known_at_position();
  for (v1::AggregateRow& row : *response.mutable_rows()) {
    SetEvents(FilterOfGroup(response.filter(), row.group()), known_at, row);
  }
}

void AddProvenance(v1::Bucket bucket, v1::GetTimelineResponse& response) {
  const Position known_at = response.header().known_at_position();
  for (v1::TimelineRow& row : *response.mutable_rows()) {
    const DayNumber start = *ParseDay(row.bucket_start());
    SetEvents(FilterOfBucket(FilterOfGroup(response.filter(), row.group()), start, bucket),
              known_at, row);
  }
}

}  // namespace repatriation
