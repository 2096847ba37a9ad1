// What the index stores for an id: its fingerprint and its position.
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

// Order-independent digest of a set of records: the sum of DigestOf() of each, modulo
// 2^64. So the digest of a merged run is the sum of those of its parts. It is stored
// on disk, so it must never change.
using IdDigest = uint64_t;

inline IdDigest DigestOf(const IdRecord& record) {
  // Folds a 128-bit product, which depends on all bits of both factors. The constants
  // are the fractional parts of the square roots of 2 and 3.
  const unsigned __int128 product =
      static_cast<unsigned __int128>(record.fingerprint ^ 0x6a09e667f3bcc909ULL) *
      (static_cast<uint64_t>(record.position) * 2 + 0xbb67ae8584caa73bULL);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_ID_RECORD_H_
