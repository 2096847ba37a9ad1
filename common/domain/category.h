// The only definition of the category roll-ups (Force, UN Police, uniformed,
// civilian, all), after the project glossary and the UN's own releases:
// https://peacekeeping.un.org/en/minusma-continues-its-gradual-exit-mali
//
// Thread-safety: all functions are pure and may be called from any thread.
#ifndef COMMON_DOMAIN_CATEGORY_H_
#define COMMON_DOMAIN_CATEGORY_H_

#include <bitset>

#include "absl/types/span.h"
#include "repatriation/v1/event.pb.h"

namespace repatriation {

// Set of leaf categories, indexed by enum value.
using CategorySet = std::bitset<32>;

// Whether `leaves` is a subset of `of`.
inline bool IsWithin(CategorySet leaves, CategorySet of) { return (leaves & ~of).none(); }

// True for the values that an event may carry.
bool IsLeafCategory(v1::Category category);

// The leaf categories that `category` comprises: itself for a leaf, none for
// CATEGORY_UNSPECIFIED and unknown values.
CategorySet LeavesOf(v1::Category category);

// The categories whose figures add up to a roll-up's, in the order in which
// the UN's releases add them; empty for a leaf.
absl::Span<const v1::Category> AddendsOf(v1::Category category);

// The narrowest roll-up that contains a leaf: Force, UN Police or civilian.
// Experts on mission and national staff are in none of these and are returned
// unchanged.
// REQUIRES: IsLeafCategory(leaf).
v1::Category GroupOf(v1::Category leaf);

}  // namespace repatriation

#endif  // COMMON_DOMAIN_CATEGORY_H_
