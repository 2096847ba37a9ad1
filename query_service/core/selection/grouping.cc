#include "query_service/core/selection/grouping.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/errors.h"
#include "common/domain/category.h"

namespace repatriation {
namespace {

bool IsText(v1::Dimension dimension) {
  switch (dimension) {
    case v1::DIMENSION_MISSION:
    case v1::DIMENSION_COUNTRY:
    case v1::DIMENSION_SITE:
    case v1::DIMENSION_DESTINATION_SITE:
    case v1::DIMENSION_UNIT:
      return true;
    default:
      return false;
  }
}

CellDimensions CellDimensionOf(v1::Dimension dimension) {
  switch (dimension) {
    case v1::DIMENSION_COUNTRY:
      return kByCountry;
    case v1::DIMENSION_SITE:
      return kBySite;
    case v1::DIMENSION_DESTINATION_SITE:
      return kByDestinationSite;
    case v1::DIMENSION_UNIT:
      return kByUnit;
    default:
      return 0;  // in every roll-up
  }
}

uint32_t ValueOf(v1::Dimension dimension, const CellKey& key) {
  switch (dimension) {
    case v1::DIMENSION_MISSION:
      return key.mission;
    case v1::DIMENSION_KIND:
      return key.kind;
    case v1::DIMENSION_CATEGORY:
      return key.category;
    case v1::DIMENSION_CATEGORY_GROUP:
      return GroupOf(key.category);
    case v1::DIMENSION_COUNTRY:
      return key.country;
    case v1::DIMENSION_SITE:
      return key.site;
    case v1::DIMENSION_DESTINATION_SITE:
      return key.destination_site;
    case v1::DIMENSION_UNIT:
      return key.unit;
    case v1::DIMENSION_SEX:
      return key.sex;
    case v1::DIMENSION_STATUS:
      return key.status;
    default:
      return 0;
  }
}

}  // namespace

absl::StatusOr<Grouping> Grouping::Make(const google::protobuf::RepeatedField<int>& group_by) {
  Grouping grouping;
  const auto has = [&](v1::Dimension dimension) {
    return std::find(grouping.dimensions_.begin(), grouping.dimensions_.end(), dimension) !=
           grouping.dimensions_.end();
  };
  for (int i = 0; i < group_by.size(); ++i) {
    const auto dimension = static_cast<v1::Dimension>(group_by[i]);
    const std::string field = absl::StrCat("group_by[", i, "]");
    if (!v1::Dimension_IsValid(dimension) || dimension == v1::DIMENSION_UNSPECIFIED) {
      return InvalidField(field, "UNKNOWN_VALUE",
                          absl::StrCat("must be one of the known values, is ", group_by[i]));
    }
    if (has(dimension)) return InvalidField(field, "REPEATED", "must not be repeated");
    grouping.dimensions_.push_back(dimension);
    grouping.cell_dimensions_ |= CellDimensionOf(dimension);
  }
  if (has(v1::DIMENSION_CATEGORY) && has(v1::DIMENSION_CATEGORY_GROUP)) {
    return InvalidField("group_by", "CONFLICT",
                        "must not contain both DIMENSION_CATEGORY and DIMENSION_CATEGORY_GROUP");
  }
  grouping.by_sex_ = has(v1::DIMENSION_SEX);
  return grouping;
}

GroupValues Grouping::ValuesOf(const CellKey& key) const {
  GroupValues values;
  for (const v1::Dimension dimension : dimensions_) values.push_back(ValueOf(dimension, key));
  return values;
}

bool Grouping::Less(const GroupValues& a, const GroupValues& b,
                    const LedgerView::Reader& reader) const {
  for (size_t i = 0; i < dimensions_.size(); ++i) {
    if (a[i] == b[i]) continue;
    if (IsText(dimensions_[i])) return reader.Text(a[i]) < reader.Text(b[i]);
    return a[i] < b[i];
  }
  return false;
}

void Grouping::ToProto(const GroupValues& values, const LedgerView::Reader& reader,
                       v1::Group* group) const {
  for (size_t i = 0; i < dimensions_.size(); ++i) {
    const auto text = [&] { return std::string(reader.Text(values[i])); };
    switch (dimensions_[i]) {
      case v1::DIMENSION_MISSION:
        group->set_mission(text());
        break;
      case v1::DIMENSION_KIND:
        group->set_kind(static_cast<v1::Kind>(values[i]));
        break;
      case v1::DIMENSION_CATEGORY:
      case v1::DIMENSION_CATEGORY_GROUP:
        group->set_category(static_cast<v1::Category>(values[i]));
        break;
      case v1::DIMENSION_COUNTRY:
        group->set_country(text());
        break;
      case v1::DIMENSION_SITE:
        group->set_site(text());
        break;
      case v1::DIMENSION_DESTINATION_SITE:
        group->set_destination_site(text());
        break;
      case v1::DIMENSION_UNIT:
        group->set_unit(text());
        break;
      case v1::DIMENSION_SEX:
        group->set_sex(static_cast<v1::Sex>(values[i]));
        break;
      case v1::DIMENSION_STATUS:
        group->set_status(static_cast<v1::EventStatus>(values[i]));
        break;
      default:
        break;
    }
  }
}

}  // namespace repatriation
