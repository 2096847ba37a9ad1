#include "common/id_index/fingerprint.h"

#include <xxhash.h>

namespace repatriation {

Fingerprint FingerprintOf(absl::string_view id) { return XXH3_64bits(id.data(), id.size()); }

}  // namespace repatriation
