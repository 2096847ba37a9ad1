// The range that a qualified number stands for: "about", "nearly", "more than".
//
// The range extends by a tenth of the number in the direction of the qualifier.
// An exact number, or one without a qualifier, stands for itself alone.
//
// Thread-safety: plain values; all functions are pure.
#ifndef COMMON_DOMAIN_QUALIFIER_BOUNDS_H_
#define COMMON_DOMAIN_QUALIFIER_BOUNDS_H_

#include <cstdint>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

// A closed interval.
struct Bounds {
  int64_t low = 0;
  int64_t high = 0;

  bool Contains(int64_t number) const { return low <= number && number <= high; }

  friend bool operator==(const Bounds&, const Bounds&) = default;
};

// Whether the true number may be lower or higher than the stated one.
inline bool MayBeLess(v1::Qualifier qualifier) {
  return qualifier == v1::QUALIFIER_ABOUT || qualifier == v1::QUALIFIER_NEARLY ||
         qualifier == v1::QUALIFIER_LESS_THAN;
}
inline bool MayBeMore(v1::Qualifier qualifier) {
  return qualifier == v1::QUALIFIER_ABOUT || qualifier == v1::QUALIFIER_MORE_THAN;
}

// The tolerance is rounded down. REQUIRES: number >= 0.
inline Bounds BoundsOf(int64_t number, v1::Qualifier qualifier) {
  const int64_t tenth = number / 10;
  return {number - (MayBeLess(qualifier) ? tenth : 0), number + (MayBeMore(qualifier) ? tenth : 0)};
}

// Bounds of a sum of numbers with different qualifiers. The tolerance is rounded
// once for the whole sum, so the result does not depend on how it is split.
class BoundsSum {
 public:
  void Add(int64_t headcount, v1::Qualifier qualifier) {
    headcount_ += headcount;
    if (MayBeLess(qualifier)) may_be_less_ += headcount;
    if (MayBeMore(qualifier)) may_be_more_ += headcount;
  }
  Bounds bounds() const { return {headcount_ - may_be_less_ / 10, headcount_ + may_be_more_ / 10}; }

 private:
  int64_t headcount_ = 0;
  int64_t may_be_less_ = 0;
  int64_t may_be_more_ = 0;
};

}  // namespace repatriation

#endif  // COMMON_DOMAIN_QUALIFIER_BOUNDS_H_
