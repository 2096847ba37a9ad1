// What the words around a number allow for: "about", "nearly", "more than".
//
// A number worded so stands for a range that reaches up to a tenth of it away,
// in the direction of the word; one that is exact, or without a word, for
// itself alone.
//
// Thread-safety: plain values; all functions are pure.
#ifndef QUERY_SERVICE_CORE_WORDING_H_
#define QUERY_SERVICE_CORE_WORDING_H_

#include <cstdint>

#include "repatriation/v1/event.pb.h"

namespace repatriation {

// Both ends included.
struct Bounds {
  int64_t low = 0;
  int64_t high = 0;

  bool Contains(int64_t number) const { return low <= number && number <= high; }

  friend bool operator==(const Bounds&, const Bounds&) = default;
};

// Whether people counted under a word may be fewer than the number says, or more.
inline bool MayBeLess(v1::Qualifier qualifier) {
  return qualifier == v1::QUALIFIER_ABOUT || qualifier == v1::QUALIFIER_NEARLY ||
         qualifier == v1::QUALIFIER_LESS_THAN;
}
inline bool MayBeMore(v1::Qualifier qualifier) {
  return qualifier == v1::QUALIFIER_ABOUT || qualifier == v1::QUALIFIER_MORE_THAN;
}

// The whole numbers within a tenth. REQUIRES: number >= 0.
inline Bounds BoundsOf(int64_t number, v1::Qualifier qualifier) {
  const int64_t tenth = number / 10;
  return {number - (MayBeLess(qualifier) ? tenth : 0), number + (MayBeMore(qualifier) ? tenth : 0)};
}

// The same of a sum of numbers with different words, worked out once for the
// whole: the same however the sum is cut into parts.
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

#endif  // QUERY_SERVICE_CORE_WORDING_H_
