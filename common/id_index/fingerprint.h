// A 64-bit hash of an id: XXH3 (https://xxhash.com, stable since 0.8.0). It is
// stored on disk, so it must never change. Two ids may share a fingerprint, so a
// match only says which entry to compare with.
//
// Thread-safety: pure.
#ifndef COMMON_ID_INDEX_FINGERPRINT_H_
#define COMMON_ID_INDEX_FINGERPRINT_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace repatriation {

using Fingerprint = uint64_t;

Fingerprint FingerprintOf(absl::string_view id);

}  // namespace repatriation

#endif  // COMMON_ID_INDEX_FINGERPRINT_H_
