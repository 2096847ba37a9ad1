// Limits that all conflict checks share: how far apart the days of one movement may be,
// and how much of a conflict is described.
//
// Thread-safety: all functions are pure.
#ifndef QUERY_SERVICE_CORE_TEXT_CONFLICT_LIMITS_H_
#define QUERY_SERVICE_CORE_TEXT_CONFLICT_LIMITS_H_

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/domain/day.h"
#include "repatriation/v1/reconciliation.pb.h"

namespace repatriation {

// Days further apart are two movements.
inline constexpr DayNumber kDaysApartMax = 7;
// Figures or days listed in a description.
inline constexpr size_t kConflictPartsMax = 20;
// Positions listed.
inline constexpr size_t kConflictPositionsMax = 1000;

// Joins the first `parts` and appends the number of the others.
template <typename Parts>
std::string JoinFirst(const Parts& parts, absl::string_view separator) {
  const auto count = static_cast<size_t>(parts.size());
  if (count <= kConflictPartsMax) return absl::StrJoin(parts, separator);
  const auto end = std::next(parts.begin(), kConflictPartsMax);
  return absl::StrCat(absl::StrJoin(parts.begin(), end, separator), " and ",
                      count - kConflictPartsMax, " more");
}

// REQUIRES: `positions` ascend without duplicates.
template <typename Positions>
void SetFirstPositions(const Positions& positions, v1::Conflict* conflict) {
  const size_t count = std::min(positions.size(), kConflictPositionsMax);
  conflict->mutable_positions()->Assign(positions.begin(), std::next(positions.begin(), count));
}

}  // namespace repatriation

#endif  // QUERY_SERVICE_CORE_TEXT_CONFLICT_LIMITS_H_
