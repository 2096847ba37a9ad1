// What the index stores of an id: its fingerprint and where it was recorded.
//
// Thread-safety: plain values and pure functions.
#ifndef COMMON_ID_INDEX_ID_RECORD_H_
#define COMMON_ID_INDEX_ID_RECORD_H_

#include <compare>
#include <cstdint>

#include "common/id_index/fingerprint.h"
#include "common/ledger/entry.h"

namespace repatriation {

struct IdRecord {
  Fingerprint fingerprint;
  Position position;

  friend auto operator<=>(const IdRecord&, const IdRecord&) = default;
};

// A number for a set of records: the sum of DigestOf() each, modulo 2^64. It
// does not depend on their order, so that of a merged run is the sum of those
// of its parts. Stored on disk, hence the same for ever.
using IdDigest = uint64_t;

inline IdDigest DigestOf(const IdRecord& record) {
  // Both halves of one wide product depend on all bits of both factors; the
  // constants are the fractions of the square roots of 2 and 3.
  const unsigned __int128 product =
      static_cast<unsigned __int128>(record.fingerprint ^ 0x6a09e667f3bcc909ULL) *
      (static_cast<uint64_t>(record.position) * 2 + 0xbb67ae8584caa73bULL);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_RECORD_H_
