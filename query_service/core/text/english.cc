#include "query_service/core/text/english.h"

#include "absl/strings/str_cat.h"
#include "common/domain/enum_names.h"

namespace repatriation {

std::string Thousands(int64_t number) {
  if (number < 0) return absl::StrCat("-", Thousands(-number));
  const std::string digits = absl::StrCat(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

std::string NameOf(v1::Category category) {
  switch (category) {
    case v1::CATEGORY_CONTINGENT_TROOPS:
      return "contingent troops";
    case v1::CATEGORY_MILITARY_STAFF_OFFICER:
      return "military staff officers";
    case v1::CATEGORY_EXPERT_ON_MISSION:
      return "experts on mission";
    case v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER:
      return "individual police officers";
    case v1::CATEGORY_FORMED_POLICE_UNIT:
      return "members of formed police units";
    case v1::CATEGORY_INTERNATIONAL_STAFF:
      return "international staff";
    case v1::CATEGORY_UN_VOLUNTEER:
      return "UN Volunteers";
    case v1::CATEGORY_NATIONAL_STAFF:
      return "national staff";
    case v1::CATEGORY_FORCE:
      return "Force";
    case v1::CATEGORY_UN_POLICE:
      return "UN Police";
    case v1::CATEGORY_UNIFORMED:
      return "uniformed personnel";
    case v1::CATEGORY_CIVILIAN:
      return "civilian personnel";
    case v1::CATEGORY_ALL:
      return "all personnel";
    default:
      return EnumName(category);
  }
}

}  // namespace repatriation
