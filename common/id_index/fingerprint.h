// A fingerprint of an id: 64 bits, stored on disk, hence the same for ever.
// XXH3 (https://xxhash.com, stable since 0.8.0). Two ids may share one, so a
// fingerprint that is found only says which entry to compare with.
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
