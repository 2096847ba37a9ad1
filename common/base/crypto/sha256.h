// SHA-256 (FIPS 180-4), by OpenSSL.
//
// Thread-safety: all functions are pure.
#ifndef COMMON_BASE_CRYPTO_SHA256_H_
#define COMMON_BASE_CRYPTO_SHA256_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace repatriation {

using Sha256Digest = std::array<uint8_t, 32>;

Sha256Digest Sha256(absl::string_view bytes);

// Lower-case hexadecimal, two digits per byte.
std::string Hex(absl::string_view bytes);
inline std::string Hex(const Sha256Digest& digest) {
  return Hex(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}
inline std::string Sha256Hex(absl::string_view bytes) { return Hex(Sha256(bytes)); }

// `size` bytes from the operating system's random source.
std::string RandomBytes(size_t size);

}  // namespace repatriation

#endif  // COMMON_BASE_CRYPTO_SHA256_H_
