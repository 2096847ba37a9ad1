#include "common/domain/category.h"

namespace repatriation {
namespace {

constexpr v1::Category kForce[] = {v1::CATEGORY_MILITARY_STAFF_OFFICER,
                                   v1::CATEGORY_CONTINGENT_TROOPS};
constexpr v1::Category kUnPolice[] = {v1::CATEGORY_INDIVIDUAL_POLICE_OFFICER,
                                      v1::CATEGORY_FORMED_POLICE_UNIT};
constexpr v1::Category kUniformed[] = {v1::CATEGORY_FORCE, v1::CATEGORY_UN_POLICE,
                                       v1::CATEGORY_EXPERT_ON_MISSION};
constexpr v1::Category kCivilian[] = {v1::CATEGORY_INTERNATIONAL_STAFF, v1::CATEGORY_UN_VOLUNTEER};
constexpr v1::Category kAll[] = {v1::CATEGORY_UNIFORMED, v1::CATEGORY_CIVILIAN,
                                 v1::CATEGORY_NATIONAL_STAFF};

}  // namespace

bool IsLeafCategory(v1::Category category) {
  return category >= v1::CATEGORY_CONTINGENT_TROOPS && category <= v1::CATEGORY_NATIONAL_STAFF;
}

absl::Span<const v1::Category> AddendsOf(v1::Category category) {
  switch (category) {
    case v1::CATEGORY_FORCE:
      return kForce;
    case v1::CATEGORY_UN_POLICE:
      return kUnPolice;
    case v1::CATEGORY_UNIFORMED:
      return kUniformed;
    case v1::CATEGORY_CIVILIAN:
      return kCivilian;
    case v1::CATEGORY_ALL:
      return kAll;
    default:
      return {};
  }
}

CategorySet LeavesOf(v1::Category category) {
  CategorySet leaves;
  if (IsLeafCategory(category)) leaves.set(category);
  for (const v1::Category addend : AddendsOf(category)) leaves |= LeavesOf(addend);
  return leaves;
}

v1::Category GroupOf(v1::Category leaf) {
  for (const auto group : {v1::CATEGORY_FORCE, v1::CATEGORY_UN_POLICE, v1::CATEGORY_CIVILIAN}) {
    if (LeavesOf(group).test(leaf)) return group;
  }
  return leaf;
}

}  // namespace repatriation
