#include "query_service/core/figures/row_provenance.h"

#include <algorithm>
#include <string>

#include "common/domain/bucket.h"
#include "common/domain/category.h"

namespace repatriation {
namespace {

template <typename Values, typename Value>
void SetOnly(Values* values, const Value& value) {
  values->Clear();
  *values->Add() = value;
}

// A roll-up group contains those of its leaves that match the filter.
void NarrowCategories(v1::Category group, v1::Filter& filter) {
  CategorySet selected;
  for (const int category : filter.categories()) {
    selected |= LeavesOf(static_cast<v1::Category>(category));
  }
  const CategorySet leaves = LeavesOf(group);
  const bool whole = filter.categories().empty() || IsWithin(leaves, selected);
  filter.clear_categories();
  if (whole) return filter.add_categories(group);
  for (size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    if (leaves.test(leaf) && selected.test(leaf)) {
      filter.add_categories(static_cast<v1::Category>(leaf));
    }
  }
}

}  // namespace

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

v1::Filter FilterOfRow(const FigureQuestion& question, const v1::Group& group,
                       DayNumber bucket_start) {
  v1::Filter narrow = FilterOfGroup(question.filter.proto, group);
  if (question.bucket == v1::BUCKET_UNSPECIFIED) return narrow;
  const DayInterval& days = question.filter.days;
  narrow.mutable_days()->set_from(FormatDay(std::max(days.from, bucket_start)));
  const DayNumber to = std::min(days.to, NextBucket(bucket_start, question.bucket));
  // The day after 9999-12-31 is not a date; an empty `to` means no end.
  if (ParseDay(FormatDay(to)).has_value()) narrow.mutable_days()->set_to(FormatDay(to));
  return narrow;
}

}  // namespace repatriation
