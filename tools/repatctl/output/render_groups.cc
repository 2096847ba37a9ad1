#include "tools/repatctl/output/render_groups.h"

#include "common/domain/enum_names.h"

namespace repatriation {
namespace {

std::string GroupCell(const v1::Group& group, v1::Dimension dimension) {
  switch (dimension) {
    case v1::DIMENSION_MISSION:
      return group.mission();
    case v1::DIMENSION_KIND:
      return EnumName(group.kind());
    case v1::DIMENSION_CATEGORY:
    case v1::DIMENSION_CATEGORY_GROUP:
      return EnumName(group.category());
    case v1::DIMENSION_COUNTRY:
      return group.country();
    case v1::DIMENSION_SITE:
      return group.site();
    case v1::DIMENSION_DESTINATION_SITE:
      return group.destination_site();
    case v1::DIMENSION_UNIT:
      return group.unit();
    case v1::DIMENSION_SEX:
      return EnumName(group.sex());
    case v1::DIMENSION_STATUS:
      return EnumName(group.status());
    default:
      return "";
  }
}

}  // namespace

std::vector<std::string> GroupColumns(const Dimensions& dimensions) {
  std::vector<std::string> names;
  for (const v1::Dimension dimension : dimensions) names.push_back(EnumName(dimension));
  return names;
}

std::vector<std::string> GroupCells(const v1::Group& group, const Dimensions& dimensions) {
  std::vector<std::string> cells;
  for (const v1::Dimension dimension : dimensions) {
    std::string cell = GroupCell(group, dimension);
    cells.push_back(cell.empty() ? "unspecified" : std::move(cell));
  }
  return cells;
}

}  // namespace repatriation
